"""Erasing turns on request: they are deleted, and what was derived from them is forgotten."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from shared.domain.turns import ThreadKey
from shared.domain.vanishing import MOST_TURNS_A_NOTE
from shared.ports import Clock, ThreadHistory, TurnInventory, TurnRemoval, VanishingLog
from shared.services.forget_turns import ForgetTurns

_THREADS_A_PAGE = 100


@dataclass(slots=True)
class Erasure:
    """How many turns were erased, of how many threads; and whether that was all of them."""

    threads: int = 0
    turns: int = 0
    done: bool = True


@dataclass(frozen=True, slots=True)
class EraseTurns:
    """Erases turns of a thread, a thread, or a user, for at most `budget` seconds at a time.

    A turn is deleted first, and forgotten then: of a request that was cut off nothing is forgotten
    that is still there, and the walk over all threads finds what is not. Asking again goes on.
    """

    inventory: TurnInventory
    removal: TurnRemoval
    history: ThreadHistory
    log: VanishingLog
    forget_turns: ForgetTurns
    clock: Clock
    budget: float

    async def run(
        self, user_id: str, thread_id: str | None = None, turn_ids: Collection[str] | None = None
    ) -> Erasure:
        """Erase what is named: the turns, or all of the thread, or (neither) all of the user.

        What is in no chunk yet, or in a summary that is being written, is forgotten by the sweeper.
        """
        erasure, began = Erasure(), self.clock.now()
        keys = [thread_id] if thread_id is not None else await self._threads_of(user_id)
        for name in keys:
            key = ThreadKey(user_id=user_id, thread_id=name)
            wanted = sorted(turn_ids if turn_ids is not None else await self._turns_of(key))
            erasure.threads += bool(wanted)
            for start in range(0, len(wanted), MOST_TURNS_A_NOTE):
                if self.clock.now() - began > self.budget:
                    erasure.done = False
                    return erasure
                part = wanted[start : start + MOST_TURNS_A_NOTE]
                await self.removal.remove(key, part)
                await self.forget_turns.ask(key, part)
                erasure.turns += len(part)
        return erasure

    async def _threads_of(self, user_id: str) -> list[str]:
        """Threads with turns, and those that only the record of committed ones knows."""
        names = set(await self.removal.threads(user_id))
        async for page in self._recorded_threads(user_id):
            names.update(page)
        return sorted(names)

    async def _recorded_threads(self, user_id: str) -> AsyncIterator[list[str]]:
        after = ""
        while page := await self.log.threads_after(
            ThreadKey(user_id=user_id, thread_id=after), _THREADS_A_PAGE
        ):
            yield page
            after = page[-1]

    async def _turns_of(self, key: ThreadKey) -> set[str]:
        """Turns that are there, and processed ones that are not and are not forgotten yet."""
        turn_ids = await self.inventory.existing(key)
        async for page in self.history.seen(key):
            turn_ids.update(turn.turn_id for turn in page)
        return turn_ids
