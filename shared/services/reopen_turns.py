"""Opening the closed turns of a thread for a generation, batch by batch."""

from collections import Counter
from dataclasses import dataclass

from shared.domain.identifiers import answer_id
from shared.domain.reopening import finish_reopening, reopen_batch
from shared.domain.reprocess import Reprocess
from shared.domain.thread_state import SUMMARIZE, Cadence, ThreadState
from shared.domain.turns import ThreadKey
from shared.ports import GenerationLog, ThreadLog, TurnReader, Versioned

_BATCH = 45  # two operations a turn, its mark and its dead letter, in a batch of a hundred


@dataclass(frozen=True, slots=True)
class ReopenTurns:
    """Opens what a generation is to look at; each batch is atomic and moves the mark with it.

    Turns that exist no more stay closed, and so do those that an in-process client has processed:
    their memories stay.
    """

    threads: ThreadLog
    log: GenerationLog
    turns: TurnReader
    cadence: Cadence

    async def run(self, stored: Versioned[ThreadState]) -> Versioned[ThreadState]:
        """The state with every turn of its generation open.

        ConflictError if somebody else writes the state; what was opened until then stays open.
        """
        while stored.value.reprocess and stored.value.reprocess.reopening:
            stored = await self._open_batch(stored, stored.value.reprocess)
        return stored

    async def _open_batch(
        self, stored: Versioned[ThreadState], reprocess: Reprocess
    ) -> Versioned[ThreadState]:
        state = stored.value
        key = ThreadKey(user_id=state.user_id, thread_id=state.thread_id)
        marks = await self.log.closed_marks(key, reprocess, _BATCH)
        if not marks:
            return await self._finish(stored, reprocess)
        turns = await self.turns.read(key, [mark.turn_id for mark in marks])
        wanted = {turn.id for turn in turns if not turn.extracted_elsewhere}
        opened = [mark for mark in marks if mark.turn_id in wanted]
        ended = await self.log.outcomes(key, opened) if opened else {}
        letters = await self.log.letters(key, [mark.turn_id for mark in opened]) if opened else []
        outcomes = Counter(ended.get(mark.turn_id, "off") for mark in opened)
        following = reopen_batch(state, reprocess, outcomes, marks[-1].id)
        return await self.log.reopen(following, stored.etag, opened, letters)

    async def _finish(
        self, stored: Versioned[ThreadState], reprocess: Reprocess
    ) -> Versioned[ThreadState]:
        state = stored.value
        following = finish_reopening(state, reprocess, self.cadence)
        # A summary over chunks that are left behind is not tried again: its answer goes with it.
        left_over = state.fold_to if state.summarized_to < state.fold_to else 0
        if left_over and following.rebuild_summary:
            spent = [answer_id(left_over, SUMMARIZE)]
            return await self.threads.commit(following, stored.etag, None, spent)
        return await self.threads.save(following, stored.etag)
