"""Forgetting turns: all that was derived from them goes, or is made anew from what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.identifiers import (
    USER_SUMMARY_THREAD,
    answer_id,
    dead_letter_id,
    hash_parts,
    segment_answer_id,
    thread_summary_id,
    user_summary_id,
)
from shared.domain.segments import Segment
from shared.domain.summary_editions import begin_summary_anew, edition_of
from shared.domain.thread_state import EPISODES, SUMMARIZE, Cadence, Claim, ThreadState
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import VanishedTurns
from shared.ports import (
    Clock,
    DeadLetterBox,
    SummaryStore,
    ThreadHistory,
    ThreadLog,
    UserLog,
    VanishingLog,
    Versioned,
)
from shared.services.conflicts import retry_conflicts
from shared.services.forget_memories import ForgetMemories

_MARKS_A_BATCH = 80


@dataclass(frozen=True, slots=True)
class ForgetTurns:
    """Works a note off; every step may be repeated, and what is not done yet stays on the note."""

    log: VanishingLog
    history: ThreadHistory
    threads: ThreadLog
    users: UserLog
    memories: ForgetMemories
    summaries: SummaryStore
    letters: DeadLetterBox
    clock: Clock
    cadence: Cadence
    settle_seconds: float

    async def ask(self, key: ThreadKey, turn_ids: Sequence[str]) -> None:
        """Forget turns that somebody has deleted, now as far as possible; at most 200.

        Turns that are still in no chunk, and a summary that is being written, are seen to later.
        """
        note = VanishedTurns(
            id=f"vanished:{hash_parts(*turn_ids)}",
            **key.model_dump(),
            turn_ids=list(turn_ids),
            confirmed=True,
            next_at=self.clock.now(),
        )
        await self.log.note(note)
        await self._forget(note)

    async def run(self, noted: Versioned[VanishedTurns]) -> None:
        """Work a confirmed note off as far as it goes now; it is dropped when all is done."""
        note = noted.value
        done = await self._forget(note)
        if done and note.forgotten:
            await self.log.drop_note(note)
            return
        later = self.clock.now() + self.settle_seconds
        update = {"forgotten": done, "next_at": later}
        await self.log.save_note(note.model_copy(update=update), noted.etag)

    async def _forget(self, note: VanishedTurns) -> bool:
        """Whether nothing is left to do but to look once more whether it has stayed so."""
        key = note.key
        seen = await self.history.find_seen(key, note.turn_ids)
        still_open = {turn.turn_id for turn in seen if not turn.chunk}
        turn_ids = [turn_id for turn_id in note.turn_ids if turn_id not in still_open]
        if not turn_ids:
            return False
        chunks = await self.history.chunks_of(key, turn_ids)
        memory_ids = {memory for chunk in chunks for memory in chunk.memory_ids}
        changed = await self.memories.run(key, turn_ids, memory_ids)
        await self._drop_letters(key, turn_ids)
        numbers = [chunk.chunk for chunk in chunks]
        told = await retry_conflicts(
            "a thread's state", lambda _: self._forget_in_thread(key, turn_ids, numbers)
        )
        if changed or not note.forgotten:
            await self._forget_profile(key.user_id)
        return told and not still_open

    async def _drop_letters(self, key: ThreadKey, turn_ids: Sequence[str]) -> None:
        ids = [dead_letter_id(key.user_id, key.thread_id, turn_id) for turn_id in turn_ids]
        for letter in await self.letters.find(key.user_id, ids, "", len(ids)):
            await self.letters.drop(letter)

    async def _forget_in_thread(
        self, key: ThreadKey, turn_ids: Sequence[str], chunks: Sequence[int]
    ) -> bool:
        """Mark the turns and have the summary begun anew; False while one is being written.

        The summary is removed first: only a state that has not changed since then is written.
        """
        stored = await self.threads.load(key, fresh=True)
        seen = await self.history.find_seen(key, turn_ids)
        marks = [turn.turn_id for turn in seen if turn.chunk and not turn.vanished]
        if stored is None:
            return True
        before = stored.value
        if marks and before.claim is not None and _may_tell_of(before.claim, chunks):
            return False
        state = await self._begin_summary_anew(key, before, chunks if marks else [])
        told = _list_answers(before, state, chunks) if marks else []
        if told:
            stored = await self.threads.commit(state, stored.etag, None, told)
            state = stored.value
        for start in range(0, len(marks), _MARKS_A_BATCH):
            part = marks[start : start + _MARKS_A_BATCH]
            counted = state.model_copy(update={"vanished": state.vanished + len(part)})
            stored = await self.history.mark_vanished(counted, stored.etag, part)
            state = stored.value
        return True

    async def _begin_summary_anew(
        self, key: ThreadKey, state: ThreadState, chunks: Sequence[int]
    ) -> ThreadState:
        """The state that owes a new summary where the one before tells of these chunks.

        A summary that the state knows to be outdated is removed as well: a late run wrote it.
        """
        document_id = thread_summary_id(key.user_id, key.thread_id)
        summary = await self.summaries.load(key, document_id) or {}
        metadata: dict[str, Any] = summary.get("metadata") or {}
        first = int((metadata.get("chunks") or [1])[0])
        last = max(state.summarized_to, state.fold_to)
        told = any(first <= chunk <= last for chunk in chunks)
        if summary and (told or edition_of(metadata) < state.summary_edition):
            await self.summaries.remove(key, document_id, summary["_etag"])
        if not told:
            return state
        return begin_summary_anew(state, first, refresh=self.cadence.summarize_every > 0)

    async def _forget_profile(self, user_id: str) -> None:
        """Have the profile written anew, or remove it where nobody would."""
        if self.cadence.has_user_steps:
            await self.users.request_refresh(user_id, rebuild=True)
            return
        where = ThreadKey(user_id=user_id, thread_id=USER_SUMMARY_THREAD)
        document_id = user_summary_id(user_id)
        profile = await self.summaries.load(where, document_id)
        if profile is not None:
            await self.summaries.remove(where, document_id, profile["_etag"])


def _may_tell_of(claim: Claim, chunks: Sequence[int]) -> bool:
    """Whether a summary or an episode is being written that may tell of turns of these chunks."""
    return claim.summarizes or any(_spans(segment, chunks) for segment in claim.segments)


def _list_answers(before: ThreadState, after: ThreadState, chunks: Sequence[int]) -> list[str]:
    """Answers of steps that failed and tell of the chunks: the next try would take them over."""
    answers: list[str] = []
    is_begun_anew = after.summary_edition > before.summary_edition
    if is_begun_anew and before.fold_to > before.summarized_to:
        answers.append(answer_id(before.fold_to, SUMMARIZE))
    if EPISODES in before.retry:
        told = [segment for segment in before.segments if _spans(segment, chunks)]
        answers += [segment_answer_id(segment.name) for segment in told]
    return answers


def _spans(segment: Segment, chunks: Sequence[int]) -> bool:
    return any(segment.first[0] <= chunk <= segment.last[0] for chunk in chunks)
