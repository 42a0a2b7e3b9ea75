"""The commit's part in episodes: segments that are written, and the turns that form new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.claims import add_turns, finish_segments
from shared.domain.identifiers import segment_answer_id
from shared.domain.ledger import ChunkRecord, SegmentRecord
from shared.domain.messages import DONE, CommitJob
from shared.domain.retrying import defer
from shared.domain.segments import PlacedTurn, Segment
from shared.domain.thread_state import EPISODES, Cadence, Claim, ThreadState
from shared.domain.timestamps import from_epoch, parse_timestamp
from shared.domain.turns import ThreadKey
from shared.ports import Clock, Journal, TurnReader
from shared.services.read_answers import load_answer

_GIVEN_UP: dict[str, Any] = {"outcome": "given_up"}


@dataclass(frozen=True, slots=True)
class ClosedSegments:
    """The state without the segments that are written, their records, and their spent answers."""

    state: ThreadState
    records: list[SegmentRecord] = field(default_factory=list[SegmentRecord])
    answers: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class CloseSegments:
    """Takes written segments out of a thread's state, and puts committed turns into the open one.

    Segments whose episodes fail although they are overdue are given up, and recorded as such: the
    thread goes on.
    """

    journal: Journal
    turns: TurnReader
    clock: Clock
    cadence: Cadence
    defer_seconds: float

    async def close(self, job: CommitJob, state: ThreadState, claim: Claim) -> ClosedSegments:
        """What this run's result makes of the claim's segments that are still open."""
        waiting = {segment.name for segment in state.segments}
        segments = [segment for segment in claim.segments if segment.name in waiting]
        if job.episodes is None or not segments:
            return ClosedSegments(state)
        if job.episodes.status == DONE:
            answers = [
                await load_answer(
                    self.journal, job.key, job.claim_key, segment_answer_id(segment.name)
                )
                for segment in segments
            ]
        else:
            now = self.clock.now()
            if EPISODES not in job.overdue:
                retry = defer(state.retry.get(EPISODES), now, self.defer_seconds)
                put_off = {**state.retry, EPISODES: retry}
                return ClosedSegments(state.model_copy(update={"retry": put_off}))
            answers = [_GIVEN_UP] * len(segments)
        at = from_epoch(self.clock.now())
        return ClosedSegments(
            finish_segments(state, segments),
            [_record(job.key, *pair, at) for pair in zip(segments, answers, strict=True)],
            [segment_answer_id(segment.name) for segment in segments],
        )

    async def add(
        self, state: ThreadState, claim: Claim, record: ChunkRecord, answer: Mapping[str, Any]
    ) -> ThreadState:
        """The state with the turns of a committed chunk in its segments.

        Turns that are gone, dead letters, or processed elsewhere are in none. Their event times
        are in the answer; only where the extraction is off the turns are read for them.
        """
        if not self.cadence.episode_every:
            return add_turns(state, [], self.cadence)
        moments: dict[str, str] = answer.get("moments") or {}
        if not claim.extract:
            key = ThreadKey(user_id=state.user_id, thread_id=state.thread_id)
            moments = {t.id: t.created_at for t in await self.turns.read(key, claim.turn_ids)}
        return add_turns(state, _place(state, record, moments), self.cadence)


def _place(state: ThreadState, record: ChunkRecord, moments: Mapping[str, str]) -> list[PlacedTurn]:
    """The members among a chunk's turns; `state` is the one after the chunk was closed."""
    before = state.closed - len(record.turn_ids)
    placed: list[PlacedTurn] = []
    for index, turn_id in enumerate(record.turn_ids):
        if turn_id not in moments or not record.may_be_in_segment(turn_id):
            continue
        moment = parse_timestamp(moments[turn_id])
        placed.append(
            PlacedTurn(
                place=(record.chunk, index),
                number=before + index + 1,
                at=moment.timestamp() if moment else None,
            )
        )
    return placed


def _record(
    key: ThreadKey, segment: Segment, answer: Mapping[str, Any], committed_at: str
) -> SegmentRecord:
    episodes: Sequence[Mapping[str, Any]] = answer.get("episodes") or []
    return SegmentRecord(
        user_id=key.user_id,
        thread_id=key.thread_id,
        name=segment.name,
        first=segment.first,
        last=segment.last,
        turn_ids=answer.get("turn_ids") or [],
        outcome=str(answer["outcome"]),
        memory_ids=[str(episode["id"]) for episode in episodes],
        refused=answer.get("refused") or {},
        dropped_events=int(answer.get("dropped") or 0),
        prompt_id=str(answer.get("prompt_id") or ""),
        prompt_version=str(answer.get("prompt_version") or ""),
        model=str(answer.get("model") or ""),
        prompt_tokens=int(answer.get("prompt_tokens") or 0),
        completion_tokens=int(answer.get("completion_tokens") or 0),
        committed_at=committed_at,
    )
