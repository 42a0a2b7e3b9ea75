"""The pending turns of threads, as far as this process has seen them come and go.

Which turns of a thread are pending changes only together with the thread's state, in one batch.
So a list that was complete under one version of the state is complete under the next, if that
is known to differ by nothing but what this process itself has done. A claim is written under the
version that its turns were listed for: a list that is out of date costs a refused write.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from shared.domain.pending_turns import PendingTurn
from shared.domain.recent import Recent
from shared.domain.thread_state import MAX_CHUNK_TURNS, ThreadState
from shared.domain.turns import ArrivedTurn
from shared.ports import Versioned


@dataclass(frozen=True, slots=True)
class _Tail:
    """The pending turns under a version of the state, each with its place in arrival order."""

    under: Versioned[ThreadState]
    turns: Sequence[tuple[str, PendingTurn]]


class PendingTails:
    """Complete lists of pending turns, of at most a chunk; longer ones are left to the store."""

    def __init__(self) -> None:
        self._tails: Recent[_Tail] = Recent(2_000)

    def list_under(self, version: Versioned[ThreadState]) -> list[PendingTurn] | None:
        """All pending turns under this version in arrival order; None if they are not known."""
        tail = self._tails.get(_name(version))
        if tail is None or tail.under.etag != version.etag:
            return None
        if len(tail.turns) != version.value.pending:
            return None
        return [turn for _, turn in tail.turns]

    def note_counted(
        self, version: Versioned[ThreadState], turns: Sequence[ArrivedTurn], latest: int
    ) -> None:
        """These turns were all counted as new, `latest` assigned as last arrival, in one write."""
        tail = self._tails.get(_name(version))
        state = version.value
        before = tail.under.value if tail else None
        if before is None or state.arrived == len(turns):
            empty = ThreadState(user_id=state.user_id, thread_id=state.thread_id)
            before = empty.model_copy(update={"stored_as": state.stored_as})
            tail = None
        expected = before.model_copy(
            update={"arrived": before.arrived + len(turns), "last_arrival": latest}
        )
        if not _same(expected, state):
            self._tails.drop(_name(version))
            return
        new = [
            (turn.order, PendingTurn(turn_id=turn.turn_id, arrived_at=turn.arrived_at))
            for turn in turns
        ]
        known = tail.turns if tail else ()
        self._keep(version, sorted([*known, *new], key=lambda entry: entry[0]))

    def note_touched(self, version: Versioned[ThreadState]) -> None:
        """The state was written, with no change to what it says unless others have changed it."""
        tail = self._tails.get(_name(version))
        if tail is not None and _same(tail.under.value, version.value):
            self._keep(version, tail.turns)
        else:
            self._tails.drop(_name(version))

    def forget(self, user_id: str, thread_id: str) -> None:
        """It is not known how the pending turns of a thread have changed."""
        self._tails.drop((user_id, thread_id))

    def note_replaced(
        self, before: str, version: Versioned[ThreadState], closed: Collection[str] = ()
    ) -> None:
        """The version with ETag `before` was replaced; these of its pending turns are closed."""
        tail = self._tails.get(_name(version))
        if tail is None or tail.under.etag != before:
            self._tails.drop(_name(version))
            return
        left = [entry for entry in tail.turns if entry[1].turn_id not in closed]
        self._keep(version, left)

    def _keep(
        self, version: Versioned[ThreadState], turns: Sequence[tuple[str, PendingTurn]]
    ) -> None:
        if len(turns) > MAX_CHUNK_TURNS:
            self._tails.drop(_name(version))
        else:
            self._tails.put(_name(version), _Tail(version, turns))


def _name(version: Versioned[ThreadState]) -> tuple[str, str]:
    return version.value.user_id, version.value.thread_id


def _same(first: ThreadState, second: ThreadState) -> bool:
    """Whether two states of one document say the same; when they were stored does not count."""
    return first.stored_as == second.stored_as and first.model_dump() == second.model_dump()
