"""Committing a thread's claim: ledger, counts and the next state, or the pause before a retry."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from shared.domain.claims import close_claim
from shared.domain.dead_letters import (
    MODEL_REFUSED,
    RETRIES_EXHAUSTED,
    DeadLetter,
    letters_of_chunk,
)
from shared.domain.dedup import list_memories, merge_chunk_facts
from shared.domain.errors import TransientError
from shared.domain.identifiers import answer_id
from shared.domain.ledger import ChunkRecord, RunRecord, SegmentRecord, count_tokens
from shared.domain.messages import DONE, CommitJob, CommitResult
from shared.domain.retrying import defer
from shared.domain.thread_state import (
    EXTRACT,
    SUMMARIZE,
    Cadence,
    Claim,
    ThreadState,
    is_due,
    settle_segments,
)
from shared.domain.timestamps import from_epoch
from shared.domain.token_budget import utc_day
from shared.domain.user_state import Spent, UserState, is_profile_due
from shared.ports import (
    SILENT,
    CitingMemories,
    Clock,
    Journal,
    Telemetry,
    ThreadLog,
    UserLog,
    Versioned,
)
from shared.services.close_segments import ClosedSegments, CloseSegments
from shared.services.conflicts import retry_conflicts
from shared.services.read_answers import load_answer, read_facts
from shared.services.record_costs import record_summary

_OFF: dict[str, Any] = {"facts": [], "reasons": {}}


@dataclass(frozen=True, slots=True)
class CommitThread:
    """Closes a claim whose steps are done, or leaves it for a later try.

    A chunk that fails although it is overdue is closed with its turns as dead letters, so that
    those behind it go on.
    """

    threads: ThreadLog
    users: UserLog
    journal: Journal
    memories: CitingMemories
    clock: Clock
    cadence: Cadence
    segments: CloseSegments
    defer_seconds: float
    telemetry: Telemetry = SILENT

    async def run(self, job: CommitJob) -> CommitResult:
        """Commit the claim if it is still live; whether thread and profile have more to do.

        A claim that is gone was committed by another run, which is as good.
        """
        return await retry_conflicts("a thread's state", lambda fresh: self._try(job, fresh=fresh))

    async def _try(self, job: CommitJob, *, fresh: bool) -> CommitResult | None:
        stored = await self.threads.load(job.key, fresh=fresh)
        if stored is None:
            return CommitResult(due=False, profile_due=False)
        state, claim = stored.value, stored.value.claim
        if claim is None or claim.key != job.claim_key:
            return CommitResult(due=not state.idle, profile_due=False) if fresh else None
        if claim.closes_chunk and job.extracted and job.extracted.status != DONE:
            given_up = await self._give_up(job, claim) if EXTRACT in job.overdue else None
            if given_up is None:
                return await self._postpone(job, stored, claim)
            return await self._close(job, stored, claim, given_up)
        return await self._close(job, stored, claim)

    async def _close(
        self,
        job: CommitJob,
        stored: Versioned[ThreadState],
        claim: Claim,
        given_up: dict[str, Any] | None = None,
    ) -> CommitResult:
        """Close the claim; one that is given up has all its turns as dead letters."""
        profile_due = False
        record: ChunkRecord | None = None
        letters: list[DeadLetter] = []
        answer = given_up or _OFF
        closed = await self.segments.close(job, stored.value, claim)
        further = await self._list_further(job, stored.value, closed)
        tokens = stored.value.uncounted_tokens + count_tokens(further)
        if claim.closes_chunk:
            if claim.extract and not given_up:
                answer = await load_answer(
                    self.journal, job.key, job.claim_key, answer_id(claim.chunk, EXTRACT)
                )
            record = self._build_record(job, claim, answer)
            code = RETRIES_EXHAUSTED if given_up else MODEL_REFUSED
            letters = letters_of_chunk(record, claim.reopened, code)
            await self._want_profile(claim, record)
            # The user's count first: a crash between the two is then repaired by committing again,
            # which finds the mark; the other way round nobody would come back to count.
            user = await self.users.count_chunk(
                job.key,
                claim.chunk,
                len(claim.turn_ids) - claim.counted_before,
                stored.value.last_arrival,
                spent=Spent(tokens=tokens + count_tokens([record]), day=utc_day(self.clock.now())),
            )
            profile_due = self._is_profile_due(user.value)
        elif stored.value.refresh_to or stored.value.settle_to:
            loaded = await self.users.load(job.user_id)
            profile_due = loaded is not None and self._is_profile_due(loaded.value)
        next_state = self._next_state(job, closed.state, claim, record)
        if record is not None:
            next_state = await self.segments.add(next_state, claim, record, answer)
        next_state = settle_segments(next_state, self.cadence)
        due = is_due(next_state, self.cadence, self.clock.now())
        uncounted = 0 if record else tokens
        next_state = next_state.model_copy(update={"idle": not due, "uncounted_tokens": uncounted})
        spent = [*_spent_answers(job, claim), *closed.answers]
        await self.threads.commit(next_state, stored.etag, record, spent, letters, further)
        if record is not None:
            self._tell(claim, record)
        return CommitResult(due=due, profile_due=profile_due)

    async def _give_up(self, job: CommitJob, claim: Claim) -> dict[str, Any] | None:
        """What is recorded of a chunk that is given up: no fact of its answer, but what that cost.

        A try may have been cut off between two facts. What it has written stays, is named in the
        ledger, and is known to the model that is asked about the turns again. While nobody can tell
        what that is there is None, and nothing is given up.
        """
        name = answer_id(claim.chunk, EXTRACT)
        answer = await self.journal.load(job.key, job.claim_key, name) or {}
        facts = read_facts(answer) if answer else []
        try:
            citing = await self.memories.citing(job.user_id, claim.turn_ids) if facts else []
        except TransientError:
            return None
        # Another thread of the user may have turns of the same ids.
        folded_into = {fact.duplicate_of for fact in facts}
        return {
            **answer,
            "facts": [],
            "written": [
                memory.id
                for memory in citing
                if memory.type == "fact"
                and (memory.thread_id == job.thread_id or memory.id in folded_into)
            ],
            "outcomes": dict.fromkeys(claim.turn_ids, "dead_lettered"),
            "reasons": dict.fromkeys(claim.turn_ids, RETRIES_EXHAUSTED),
        }

    async def _want_profile(self, claim: Claim, record: ChunkRecord) -> None:
        """Ask for the user's next run where dead letters were tried again with success.

        The user's count had their turns before, so that no cadence would ever see them. A
        generation asks by itself, once it has derived all of its turns.
        """
        tried_again = claim.reopened.keys() - ({*claim.reprocessed} - {*claim.retried})
        helped = any(record.outcomes[turn] != "dead_lettered" for turn in tried_again)
        if helped and self.cadence.has_user_steps:
            await self.users.request_refresh(record.user_id, changed=True)

    def _tell(self, claim: Claim, record: ChunkRecord) -> None:
        now = self.clock.now()
        outcomes = Counter(record.outcomes.values())
        lags = [max(0.0, now - arrived_at) for arrived_at in claim.arrived_at]
        self.telemetry.chunk_committed(outcomes, lags, record.dropped_facts)

    async def _list_further(
        self, job: CommitJob, state: ThreadState, closed: ClosedSegments
    ) -> list[SegmentRecord | RunRecord]:
        """The ledger's records beside a chunk's: segments, and the summary if it is new."""
        at = from_epoch(self.clock.now())
        summary = await record_summary(self.journal, job, state.summarized_to, at)
        return [*closed.records, *([summary] if summary else [])]

    def _is_profile_due(self, state: UserState) -> bool:
        return is_profile_due(state, self.cadence, self.clock.now())

    def _next_state(
        self, job: CommitJob, state: ThreadState, claim: Claim, record: ChunkRecord | None
    ) -> ThreadState:
        outcomes = dict(Counter(record.outcomes.values())) if record else {}
        next_state = close_claim(state, claim, outcomes, summarized=_newly_summarized(job, state))
        if job.summarized is not None and job.summarized.status != DONE:
            return self._defer(next_state, SUMMARIZE)
        return next_state

    def _build_record(self, job: CommitJob, claim: Claim, answer: dict[str, Any]) -> ChunkRecord:
        merged = merge_chunk_facts(read_facts(answer))
        folds = job.extracted.folds if job.extracted else {}
        return ChunkRecord(
            user_id=job.user_id,
            thread_id=job.thread_id,
            chunk=claim.chunk,
            turn_ids=claim.turn_ids,
            outcomes=answer.get("outcomes") or dict.fromkeys(claim.turn_ids, "off"),
            reasons=answer["reasons"],
            memory_ids=answer.get("written") or list_memories(job.key, merged, folds),
            prompt_id=answer.get("prompt_id", ""),
            prompt_version=answer.get("prompt_version", ""),
            model=answer.get("model", ""),
            prompt_tokens=answer.get("prompt_tokens", 0),
            completion_tokens=answer.get("completion_tokens", 0),
            dropped_facts=answer.get("dropped", 0),
            objections=answer.get("objections") or {},
            committed_at=from_epoch(self.clock.now()),
            generation=claim.generation,
            unsegmented=claim.reprocessed,
        )

    async def _postpone(
        self, job: CommitJob, stored: Versioned[ThreadState], claim: Claim
    ) -> CommitResult:
        """Keep the claim for a later try; take summary and episodes that are done out of it."""
        closed = await self.segments.close(job, stored.value, claim)
        further = await self._list_further(job, stored.value, closed)
        uncounted = closed.state.uncounted_tokens + count_tokens(further)
        state = closed.state.model_copy(update={"uncounted_tokens": uncounted})
        folded = _newly_summarized(job, state)
        answers: list[str] = []
        if folded:
            done_to = {**state.done_to, SUMMARIZE: claim.summarize_to}
            summarized = state.summarized + folded
            update = {
                "summarized": summarized,
                "done_to": done_to,
                "rebuild_summary": state.rebuild_summary and not claim.rebuild,
                "retry": {step: left for step, left in state.retry.items() if step != SUMMARIZE},
            }
            state = state.model_copy(update=update)
            answers = [answer_id(claim.summarize_to, SUMMARIZE)]
        state = self._defer(state, EXTRACT).model_copy(update={"idle": True})
        spent = [*answers, *closed.answers]
        await self.threads.commit(state, stored.etag, None, spent, (), further)
        return CommitResult(due=False, profile_due=False)

    def _defer(self, state: ThreadState, step: str) -> ThreadState:
        retry = defer(state.retry.get(step), self.clock.now(), self.defer_seconds)
        return state.model_copy(update={"retry": {**state.retry, step: retry}})


def _newly_summarized(job: CommitJob, state: ThreadState) -> int:
    """The turns that this run newly folded; 0 if its summary failed or was committed before."""
    if job.summarized is None or job.summarized.status != DONE:
        return 0
    return job.summarized.count if job.summarize_to > state.summarized_to else 0


def _spent_answers(job: CommitJob, claim: Claim) -> list[str]:
    answers = [answer_id(claim.chunk, EXTRACT)] if claim.closes_chunk and claim.extract else []
    if job.summarized is not None and job.summarized.status == DONE:
        answers.append(answer_id(job.summarize_to, SUMMARIZE))
    return answers
