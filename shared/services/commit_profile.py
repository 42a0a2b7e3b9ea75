"""Committing a user's profile run, or the pause before it is tried again."""

from dataclasses import dataclass

from shared.domain.identifiers import (
    COUNTERS_THREAD,
    procedures_answer_id,
    profile_answer_id,
)
from shared.domain.ledger import count_tokens
from shared.domain.messages import DONE, CommitResult, ProfileJob
from shared.domain.retrying import defer
from shared.domain.thread_state import Cadence
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ThreadKey
from shared.domain.user_state import (
    Derived,
    Folded,
    ProfileClaim,
    UserState,
    close_profile,
    is_profile_due,
)
from shared.ports import Clock, Journal, UserLog
from shared.services.conflicts import retry_conflicts
from shared.services.read_answers import load_answer
from shared.services.record_costs import list_answers, load_answers, record_user_run

# Each try asks the model anew, also where it is the writing that fails.
_LONGEST_PAUSE_OF_RULES = 86_400.0


@dataclass(frozen=True, slots=True)
class CommitProfile:
    """Closes a user's claim whose run is done, or leaves it for a later try.

    Rules that could not be derived are left to a run of their own after a pause, and hold up
    nothing: what the model said of them is counted and dropped, as that run asks again.
    """

    users: UserLog
    journal: Journal
    clock: Clock
    cadence: Cadence
    defer_seconds: float

    async def run(self, job: ProfileJob) -> CommitResult:
        """Commit the claim if it is still live; whether the user has more to do at once."""
        return await retry_conflicts("a user's state", lambda fresh: self._try(job, fresh=fresh))

    async def _try(self, job: ProfileJob, *, fresh: bool) -> CommitResult:
        of_claim = "" if fresh else job.claim_key
        stored = await self.users.load(job.user_id, of_claim=of_claim)
        if stored is None:
            return CommitResult(due=False, profile_due=False)
        claim = stored.value.claim
        if claim is None or claim.key != job.claim_key:
            return CommitResult(due=not stored.value.idle, profile_due=False)
        state = await self._close(job, stored.value, claim)
        record, spent = None, list[str]()
        if job.status == DONE:
            at = from_epoch(self.clock.now())
            answers = await load_answers(self.journal, job.user_id, claim)
            record = record_user_run(job.user_id, claim, answers, at)
            spent = list_answers(claim, answers)
            tokens = state.tokens + count_tokens([record])
            state = state.model_copy(update={"tokens": tokens})
        due = is_profile_due(state, self.cadence, self.clock.now())
        ended = state.model_copy(update={"idle": not due})
        await self.users.save(ended, stored.etag, drop_answers=spent, record=record)
        return CommitResult(due=due, profile_due=False)

    async def _close(self, job: ProfileJob, state: UserState, claim: ProfileClaim) -> UserState:
        if job.status != DONE:
            retry = defer(state.retry, self.clock.now(), self.defer_seconds)
            return state.model_copy(update={"retry": retry})
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        folded = derived = rules_retry = None
        if claim.profile:
            answer = await load_answer(
                self.journal, key, job.claim_key, profile_answer_id(claim.run)
            )
            folded = Folded.model_validate(answer["folded"])
        elif not self.cadence.profile_every:  # nothing lags behind that is never written
            folded = Folded.model_validate(state.model_dump())
        if claim.procedures and not job.procedures:
            now = self.clock.now()
            rules_retry = defer(state.rules_retry, now, self.defer_seconds, _LONGEST_PAUSE_OF_RULES)
        elif claim.procedures:
            answer = await load_answer(
                self.journal, key, job.claim_key, procedures_answer_id(claim.run)
            )
            derived = Derived.model_validate(answer)
        return close_profile(state, claim, folded, derived, rules_retry)
