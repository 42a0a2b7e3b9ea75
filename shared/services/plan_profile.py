"""Deciding whether a user's profile is due, and claiming the run before any work begins."""

from dataclasses import dataclass

from shared.domain.ledger import count_tokens
from shared.domain.messages import ProfilePlan
from shared.domain.thread_state import Cadence
from shared.domain.timestamps import from_epoch
from shared.domain.token_budget import begin_day, put_off_until
from shared.domain.user_state import (
    PROCEDURES,
    PROFILE,
    ProfileClaim,
    UserState,
    abandon_claim,
    claim_profile,
    is_abandoned,
    is_behind,
    is_due_by_itself,
    is_profile_due,
)
from shared.ports import Clock, Journal, UserLog, Versioned
from shared.services.conflicts import retry_conflicts
from shared.services.record_costs import list_answers, load_answers, record_user_run


@dataclass(frozen=True, slots=True)
class PlanProfile:
    """Claims the next profile run of a user, or adopts the one that an earlier run left.

    A run that was left when the user's steps were switched off is dropped, with its answers.
    """

    users: UserLog
    journal: Journal
    clock: Clock
    cadence: Cadence
    daily_tokens: int
    horizon_seconds: float

    async def run(self, user_id: str) -> ProfilePlan:
        """The plan; not due only after `idle` was stored under the ETag that showed nothing due.

        The first look may be at a remembered state, as a thread's plan has it: only a new claim is
        made on it, which is refused if it is stale.
        """
        return await retry_conflicts(
            "a user's state", lambda fresh: self._look(user_id, fresh=fresh)
        )

    async def _look(self, user_id: str, *, fresh: bool) -> ProfilePlan | None:
        stored = await self.users.load(user_id, remembered=not fresh)
        if stored and not fresh and not self._wants_claim(stored.value):
            return None
        return await self._plan(stored) if stored else ProfilePlan()

    async def _plan(self, stored: Versioned[UserState]) -> ProfilePlan:
        state = stored.value
        if state.claim is not None and is_abandoned(state, self.cadence):
            return await self._abandon(stored, state.claim)
        if not is_profile_due(state, self.cadence, self.clock.now()):
            return await self._end(stored)
        if state.claim is not None:
            if state.idle:
                await self.users.save(state.model_copy(update={"idle": False}), stored.etag)
            return self._describe(state.claim, state, adopted=True)
        now = self.clock.now()
        by_itself = is_due_by_itself(state, self.cadence, now)
        if not by_itself and await self.users.has_open_threads(state.user_id):
            # A refresh waits for the threads that still work towards it: the last one to commit
            # starts the user again, and one profile serves them all.
            return await self._end(stored)
        if not by_itself and not is_behind(state, self.cadence) and not state.changed:
            met = state.model_copy(update={"refresh": False, "idle": False})
            return await self._end(Versioned(met, stored.etag))
        if until := put_off_until(state, self.daily_tokens, now):
            put_off = state.model_copy(update={"put_off_until": until, "idle": False})
            return await self._end(Versioned(put_off, stored.etag))
        claimed = claim_profile(begin_day(state, now), self.cadence, now, stored.etag)
        await self.users.save(claimed, stored.etag)
        assert claimed.claim is not None
        return self._describe(claimed.claim, state, adopted=False)

    def _wants_claim(self, state: UserState) -> bool:
        now = self.clock.now()
        due = is_profile_due(state, self.cadence, now)
        return due and state.claim is None and is_due_by_itself(state, self.cadence, now)

    async def _abandon(self, stored: Versioned[UserState], claim: ProfileClaim) -> ProfilePlan:
        user_id = stored.value.user_id
        answers = await load_answers(self.journal, user_id, claim)
        record = record_user_run(user_id, claim, answers, from_epoch(self.clock.now()))
        state = abandon_claim(stored.value, claim, count_tokens([record]))
        spent = list_answers(claim, answers)
        await self.users.save(state, stored.etag, drop_answers=spent, record=record)
        return ProfilePlan()

    async def _end(self, stored: Versioned[UserState]) -> ProfilePlan:
        if not stored.value.idle:
            await self.users.save(stored.value.model_copy(update={"idle": True}), stored.etag)
        return ProfilePlan()

    def _describe(self, claim: ProfileClaim, state: UserState, *, adopted: bool) -> ProfilePlan:
        now = self.clock.now()
        retries = {PROFILE: state.retry, PROCEDURES: state.rules_retry}
        return ProfilePlan(
            due=True,
            claim_key=claim.key,
            run=claim.run,
            reconcile=claim.reconcile,
            profile=claim.profile,
            procedures=claim.procedures,
            thorough=claim.thorough,
            adopted=adopted,
            overdue=[
                step
                for step, retry in retries.items()
                if retry.is_overdue(now, self.horizon_seconds)
            ],
        )
