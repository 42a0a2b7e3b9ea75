"""Deciding what a thread's orchestration does next, and claiming it before any work begins."""

from shared.domain.claims import build_claim, write_off_pending
from shared.domain.messages import SegmentSpan, ThreadPlan
from shared.domain.retrying import defer
from shared.domain.thread_state import (
    EPISODES,
    RETIRE,
    Cadence,
    Claim,
    ThreadState,
    chunk_size_due,
    settle_segments,
)
from shared.domain.turns import ThreadKey
from shared.ports import Clock, ThreadLog, Versioned
from shared.services.conflicts import retry_conflicts
from shared.services.reopen_turns import ReopenTurns
from shared.services.token_budget import TokenBudget


class PlanThread:
    """Claims the next work of a thread, or adopts the claim that an earlier run left."""

    def __init__(
        self,
        threads: ThreadLog,
        reopen_turns: ReopenTurns,
        clock: Clock,
        cadence: Cadence,
        defer_seconds: float,
        horizon_seconds: float,
        budget: TokenBudget,
    ) -> None:
        self._threads = threads
        self._reopen_turns = reopen_turns
        self._clock = clock
        self._cadence = cadence
        self._defer_seconds = defer_seconds
        self._horizon_seconds = horizon_seconds
        self._budget = budget

    async def run(self, key: ThreadKey) -> ThreadPlan:
        """The plan; not due only after `idle` was stored under the ETag that showed nothing due.

        The first look may be at a remembered state: a claim made on it is refused if it is stale.
        Neither adopting nor finding nothing to do is decided on a remembered state.
        """
        return await retry_conflicts("a thread's state", lambda fresh: self._look(key, fresh=fresh))

    async def _look(self, key: ThreadKey, *, fresh: bool) -> ThreadPlan | None:
        stored = await self._threads.load(key, fresh=fresh)
        if stored is None:
            return ThreadPlan() if fresh else None
        return await self._plan(key, stored, fresh=fresh)

    async def _plan(
        self, key: ThreadKey, stored: Versioned[ThreadState], *, fresh: bool
    ) -> ThreadPlan | None:
        state, now = stored.value, self._clock.now()
        if state.claim is not None:
            return await self._adopt(stored, state.claim, now) if fresh else None
        if state.reopens:
            stored = await self._reopen_turns.run(stored)
            state = stored.value
        if state.retires(now):
            return await self._plan_retirement(stored, now)
        size = chunk_size_due(state, self._cadence, now)
        turns = await self._threads.pending_turns(key, size) if size else []
        if size and not turns:
            if not fresh:
                return None
            # Marks outlive their turns by a month: what has no mark any more is long gone.
            stored = await self._threads.save(write_off_pending(state), stored.etag)
            state = stored.value
        state = settle_segments(state, self._cadence)
        claim = build_claim(state, self._cadence, now, turns, stored.etag)
        if claim is None:
            return await self._end(stored, state) if fresh else None
        if until := await self._budget.put_off_until(key.user_id):
            put_off = state.model_copy(update={"put_off_until": until})
            return await self._end(stored, put_off)
        await self._threads.save(
            state.model_copy(update={"claim": claim, "idle": False}), stored.etag
        )
        return self._describe(claim, state, adopted=False)

    async def _adopt(
        self, stored: Versioned[ThreadState], claim: Claim, now: float
    ) -> ThreadPlan | None:
        state = stored.value
        if state.waits(claim.step, now):
            return await self._end(stored, state)
        if state.idle:
            await self._threads.save(state.model_copy(update={"idle": False}), stored.etag)
        return self._describe(claim, state, adopted=True)

    async def _plan_retirement(self, stored: Versioned[ThreadState], now: float) -> ThreadPlan:
        """Let the generation's end be worked out; should that fail, not again before a pause.

        The pause is noted beforehand, so that a failure holds no turn of the thread up.
        """
        state = stored.value
        retry = {**state.retry, RETIRE: defer(state.retry.get(RETIRE), now, self._defer_seconds)}
        begun = state.model_copy(update={"retry": retry, "idle": False})
        await self._threads.save(begun, stored.etag)
        return ThreadPlan(due=True, retire=True)

    async def _end(self, stored: Versioned[ThreadState], state: ThreadState) -> ThreadPlan:
        ended = state.model_copy(update={"idle": True})
        if ended != stored.value:
            await self._threads.save(ended, stored.etag)
        return ThreadPlan()

    def _describe(self, claim: Claim, state: ThreadState, *, adopted: bool) -> ThreadPlan:
        open_names = {segment.name for segment in state.segments}
        segments = [segment for segment in claim.segments if segment.name in open_names]
        summarizes = claim.summarizes and claim.summarize_to > state.summarized_to
        return ThreadPlan(
            due=True,
            claim_key=claim.key,
            chunk=claim.chunk,
            extract=claim.extract,
            summarize_from=claim.summarize_from if summarizes else 0,
            summarize_to=claim.summarize_to if summarizes else 0,
            summary_edition=claim.summary_edition,
            segments=[SegmentSpan(first=segment.first, last=segment.last) for segment in segments],
            # Segments that failed before may have left answers, though their claim is another.
            adopted=adopted or (bool(segments) and EPISODES in state.retry),
            overdue=[
                step
                for step, retry in state.retry.items()
                if retry.is_overdue(self._clock.now(), self._horizon_seconds)
            ],
            generation=claim.generation if state.reprocess else 0,
            rebuild=claim.rebuild,
        )
