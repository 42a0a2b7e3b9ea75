"""Turns that vanished before their time: who counts as one, and how far the search for them is."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from shared.domain.turns import (
    DEFAULT_TURN_TTL,
    FOR_EVER,
    SEEN_OUTLIVES_TURN,
    ArrivedTurn,
    Frozen,
    ThreadKey,
)

MOST_TURNS_A_NOTE = 200
# So many turns may always vanish: a share of next to nothing says nothing.
_FEW = 20
# Clocks differ, and Cosmos DB removes what has expired a little early or late.
_MARGIN_SECONDS = 300
_PARTS_OF_LIFE = 30  # a thirtieth: a day of a month


class SeenTurn(Frozen):
    """A counted turn as its mark remembers it.

    `written_at` is the server's time (Unix seconds) of its last known write, from which its time to
    live runs; `lifetime` its own `ttl` in seconds, -1 for ever, None where it has none of its own.
    `chunk` is 0 while it is in no committed chunk, `mark_ttl` the mark's own time to live.
    """

    turn_id: str
    written_at: int
    lifetime: int | None = None
    chunk: int = 0
    vanished: bool = False
    mark_ttl: int = FOR_EVER

    def expires_at(self, default_lifetime: int) -> float:
        """When Cosmos DB removes it (Unix seconds); infinite if never."""
        lifetime = default_lifetime if self.lifetime is None else self.lifetime
        return float("inf") if lifetime < 0 else self.written_at + lifetime


def read_mark(document: Mapping[str, Any]) -> SeenTurn:
    """The turn that a seen mark is about; an older mark holds its turn's lifetime in its own."""
    outlives: int = document["ttl"]
    return SeenTurn(
        turn_id=str(document["turn_id"]),
        written_at=int(document.get("written_at") or document["arrived_at"]),
        lifetime=document.get("lifetime", _lifetime_under(outlives)),
        chunk=int(document.get("chunk") or 0),
        vanished="vanished" in document,
        mark_ttl=outlives,
    )


def _lifetime_under(mark_ttl: int) -> int:
    """The lifetime of a turn for which a mark with this `ttl` was made."""
    return FOR_EVER if mark_ttl < 0 else mark_ttl - SEEN_OUTLIVES_TURN


def is_outdated(seen: SeenTurn, turn: ArrivedTurn) -> bool:
    """Whether it is worth a request to let the mark of a turn follow what is known of it now.

    It is where the mark might go before the turn does, as its container keeps turns for longer than
    it did, and where a later write has moved the turn's expiry noticeably.
    """
    if turn.arrived_at < seen.written_at:
        return False
    if seen.mark_ttl >= 0 and (turn.ttl < 0 or turn.ttl > seen.mark_ttl):
        return True
    return turn.arrived_at > seen.written_at and _has_moved(seen, turn)


def _has_moved(seen: SeenTurn, turn: ArrivedTurn) -> bool:
    after = SeenTurn(
        turn_id=turn.turn_id,
        written_at=turn.arrived_at,
        lifetime=turn.lifetime,
        mark_ttl=turn.ttl,
    )
    old, new = (each.expires_at(_lifetime_under(each.mark_ttl)) for each in (seen, after))
    if old == new:
        return False
    lifetime = new - after.written_at
    return new < old or new == float("inf") or new - old > lifetime / _PARTS_OF_LIFE


class TurnContainer(Frozen):
    """The turns container: an identity that a container created anew does not share, and its TTL.

    `default_ttl` is in seconds, -1 for ever, None where the container removes nothing. `written_at`
    is the server's time (Unix seconds) of its creation, or of the last change of its settings.
    """

    identity: str
    default_ttl: int | None
    written_at: int = 0


class Walk(Frozen):
    """How far the search through all threads is; the last one's result while none is under way.

    `number` counts the walks; `user_id` and `thread_id` are the last thread looked at. `checked`
    and `missing` are the turns that should exist and those of them that do not. Finds of the walks
    up to `cleared` may be acted on; `stopped` says that too much was missing in the last one.
    `container` is the identity of the turns container, into which turns were written from
    `container_since` on; `shortest_ttl` the shortest default that it was seen with. Times are Unix
    seconds.
    """

    number: int = 0
    began_at: float = 0.0
    under_way: bool = False
    user_id: str = ""
    thread_id: str = ""
    checked: int = 0
    missing: int = 0
    cleared: int = 0
    stopped: bool = False
    container: str = ""
    container_since: float = 0.0
    shortest_ttl: int = DEFAULT_TURN_TTL


class VanishedTurns(Frozen):
    """A note: these turns of a thread are gone, and what rests on them is to be forgotten.

    `walk` is the walk that found them, 0 if somebody asked for it. It is `confirmed` once a second
    look missed them too, or at once where asked for. `forgotten` when everything was done once; a
    second pass then looks for what a run that was late has written again. `next_at` is when the
    note is due, in Unix seconds. `container` is the identity of the turns container in which they
    were missed; where that is another one by now, nothing is known of them.
    """

    id: str
    user_id: str
    thread_id: str
    turn_ids: list[str] = Field(min_length=1)
    walk: int = 0
    confirmed: bool = False
    forgotten: bool = False
    next_at: float = 0.0
    container: str = ""

    @property
    def key(self) -> ThreadKey:
        """The thread."""
        return ThreadKey(user_id=self.user_id, thread_id=self.thread_id)


def begin_walk(last: Walk, container: TurnContainer, now: float) -> Walk:
    """The next walk; where the container was created anew, only over what was written since.

    A clock that is behind the server's must not take a turn of the container before for one since.
    """
    known = last.container in ("", container.identity)
    ttl = container.default_ttl
    shortest = last.shortest_ttl if known else DEFAULT_TURN_TTL
    if ttl is not None and ttl >= 0:
        shortest = min(shortest, ttl)
    return Walk(
        number=last.number + 1,
        began_at=now,
        under_way=True,
        cleared=last.cleared,
        stopped=last.stopped,
        container=container.identity,
        container_since=last.container_since if known else max(now, container.written_at + 1),
        shortest_ttl=shortest,
    )


def should_exist(turn: SeenTurn, walk: Walk, now: float) -> bool:
    """Whether a turn that is not there must have been deleted: expiry cannot have removed it."""
    if not turn.chunk or turn.vanished or turn.written_at < walk.container_since:
        return False
    return turn.expires_at(walk.shortest_ttl) > now + _MARGIN_SECONDS


def end_walk(walk: Walk, limit: float) -> Walk:
    """The walk's result: its finds are cleared unless more than this share of all turns is gone."""
    stopped = walk.missing > _FEW and walk.missing > limit * walk.checked
    cleared = walk.cleared if stopped else walk.number
    update = {"under_way": False, "stopped": stopped, "cleared": cleared}
    return walk.model_copy(update={**update, "user_id": "", "thread_id": ""})


class ChunkTrace(Frozen):
    """What the ledger says of a chunk: its turns, and the memories that came of them."""

    chunk: int
    turn_ids: list[str]
    memory_ids: list[str]
