"""Dead letters of turns that cannot be counted: unusable ids, or a thread that keeps failing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.domain.dead_letters import DeadLetter, letter_of_invalid, letter_of_uncounted
from shared.domain.errors import ConflictError, StoreUnavailableError, TransientError
from shared.domain.recent import Recent
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ArrivedTurn, RejectedTurn, ThreadKey
from shared.ports import Clock, DeadLetterBox

_log = logging.getLogger("agent_memory.count_turns")


def is_outage(error: Exception) -> bool:
    """Whether the store as a whole is in trouble, and not this one request."""
    return isinstance(error, StoreUnavailableError) and error.is_outage


def name_cause(error: Exception) -> str:
    """A short name of what went wrong, without what it went wrong with."""
    status = f"_{error.status}" if isinstance(error, StoreUnavailableError) else ""
    return f"{getattr(error, 'code', type(error).__name__)}{status}"


@dataclass(frozen=True, slots=True)
class RecordUncounted:
    """Records turns as dead letters that no count will ever take.

    A thread may fail for a reason of its own: its documents were changed by somebody so that they
    cannot be read, or the store refuses what is written. Its turns wait for `horizon_seconds`, for
    an app that was rolled back may read what its successor wrote.
    """

    letters: DeadLetterBox
    clock: Clock
    horizon_seconds: float
    _known: Recent[bool] = field(default_factory=lambda: Recent[bool](1_000))

    async def reject(self, turns: Sequence[RejectedTurn]) -> bool:
        """Record turns with unusable ids; whether that succeeded."""
        at = from_epoch(self.clock.now())
        return await self._record([letter_of_invalid(turn, at) for turn in turns])

    async def give_up(
        self, key: ThreadKey, turns: Sequence[ArrivedTurn], error: Exception, owed_since: float
    ) -> bool:
        """Record those of the turns that have waited for long enough; whether none is left.

        Turns have waited since they were written, but not since before `owed_since` (Unix time, 0:
        not yet), from when on some turns could not be counted. Where the store as a whole is in
        trouble, or somebody else writes the thread, all are left. A turn that is counted has no
        letter, also where what it was counted in cannot be read.
        """
        now = self.clock.now()
        if not owed_since or is_outage(error) or isinstance(error, ConflictError):
            return False
        latest = now - self.horizon_seconds
        late = [turn for turn in turns if max(turn.arrived_at, owed_since) <= latest]
        if not late:
            return False
        try:
            unmarked = await self.letters.list_unmarked(key, [turn.turn_id for turn in late])
        except TransientError:
            return False
        at, cause = from_epoch(now), name_cause(error)
        letters = [
            letter_of_uncounted(key, turn, cause, at) for turn in late if turn.turn_id in unmarked
        ]
        return await self._record(letters) and len(late) == len(turns)

    async def take_back(self, key: ThreadKey, turn_ids: Sequence[str]) -> None:
        """Remove the letters of turns that were counted after all.

        One that stays, as the store fails, is removed by whoever tries it again.
        """
        try:
            await self.letters.take_back(key, turn_ids)
        except TransientError as error:
            _log.warning("letters of turns that are counted may be left (%s)", error.code)

    async def _record(self, letters: Sequence[DeadLetter]) -> bool:
        new = [letter for letter in letters if not self._known.get(letter.id)]
        if not new:
            return True
        try:
            await self.letters.record(new)
        except TransientError as error:
            _log.warning("%d dead letters were not stored (%s)", len(new), error.code)
            return False
        _log.error("%d turns cannot be counted: they are dead letters now", len(new))
        for letter in new:
            self._known.put(letter.id, True)
        return True
