"""Committing a user's profile run, or the pause before it is tried again."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.identifiers import (
    COUNTERS_THREAD,
    procedures_answer_id,
    profile_answer_id,
    reconcile_answer_id,
)
from shared.domain.messages import DONE, CommitResult, ProfileJob
from shared.domain.retrying import defer
from shared.domain.thread_state import Cadence
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


@dataclass(frozen=True, slots=True)
class CommitProfile:
    """Closes a user's claim whose run is done, or leaves it for a later try.

    Rules that could not be derived are left to the next run, and hold up nothing.
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
        due = is_profile_due(state, self.cadence, self.clock.now())
        spent = _spent_answers(claim, job) if job.status == DONE else []
        ended = state.model_copy(update={"idle": not due})
        await self.users.save(ended, stored.etag, drop_answers=spent)
        return CommitResult(due=due, profile_due=False)

    async def _close(self, job: ProfileJob, state: UserState, claim: ProfileClaim) -> UserState:
        if job.status != DONE:
            retry = defer(state.retry, self.clock.now(), self.defer_seconds)
            return state.model_copy(update={"retry": retry})
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        folded = derived = None
        if claim.profile:
            answer = await load_answer(
                self.journal, key, job.claim_key, profile_answer_id(claim.run)
            )
            folded = Folded.model_validate(answer["folded"])
        elif not self.cadence.profile_every:  # nothing lags behind that is never written
            folded = Folded.model_validate(state.model_dump())
        if claim.procedures and job.procedures:
            answer = await load_answer(
                self.journal, key, job.claim_key, procedures_answer_id(claim.run)
            )
            derived = Derived.model_validate(answer)
        closed = close_profile(state, claim, folded, derived)
        tokens = await self._count_tokens(key, claim.key, _spent_answers(claim, job))
        return closed.model_copy(update={"tokens": closed.tokens + tokens})

    async def _count_tokens(self, key: ThreadKey, claim_key: str, answers: Sequence[str]) -> int:
        """What models took for the run's answers, which this process remembers as a rule."""
        stored = [await self.journal.load(key, claim_key, name) or {} for name in answers]
        counted = ("tokens", "prompt_tokens", "completion_tokens")
        return sum(int(answer.get(name) or 0) for answer in stored for name in counted)


def _spent_answers(claim: ProfileClaim, job: ProfileJob) -> list[str]:
    answers = [profile_answer_id(claim.run)] if claim.profile else []
    answers += [reconcile_answer_id(claim.run)] if claim.reconcile else []
    return [*answers, procedures_answer_id(claim.run)] if job.procedures else answers
