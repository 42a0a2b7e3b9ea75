"""The patient walk over all threads for turns that were deleted, and the notes that it leaves."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from shared.domain.errors import TransientError
from shared.domain.identifiers import hash_parts
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import (
    MOST_TURNS_A_NOTE,
    SeenTurn,
    VanishedTurns,
    Walk,
    begin_walk,
    end_walk,
    should_exist,
)
from shared.ports import Clock, ThreadHistory, TurnInventory, VanishingLog, Versioned
from shared.services.forget_turns import ForgetTurns

_THREADS_A_SAVE = 50
_NAMES_A_PAGE = 100
_NOTES_A_SWEEP = 50
_log = logging.getLogger("agent_memory.vanished")


@dataclass(frozen=True, slots=True)
class VanishedTimes:
    """When to look, in seconds.

    How often a walk begins (0: never), how long one sweep walks, and how long a find rests before
    the second look, and after everything is forgotten before the last.
    """

    every: float
    budget: float
    settle: float


@dataclass(frozen=True, slots=True)
class FindVanished:
    """Finds turns that vanished before their time, and has them forgotten.

    Nothing is done about a find until the walk has seen all threads, and not if more than a share
    of `limit` of all turns is missing: then it is the container that has a fault, not its users.
    """

    log: VanishingLog
    inventory: TurnInventory
    history: ThreadHistory
    forget_turns: ForgetTurns
    clock: Clock
    times: VanishedTimes
    limit: float

    async def run(self) -> None:
        """Go on with the walk, and work off the notes that are due."""
        stored = await self.log.load_walk()
        if not stored.value.under_way and self._is_time(stored.value):
            stored = await self._begin(stored)
        if stored.value.under_way:
            stored = await self._go_on(stored)
        await self._work_off(stored.value.cleared)

    def _is_time(self, walk: Walk) -> bool:
        every = self.times.every
        return every > 0 and self.clock.now() - walk.began_at >= every

    async def _begin(self, stored: Versioned[Walk]) -> Versioned[Walk]:
        last, container = stored.value, await self.inventory.describe()
        walk = begin_walk(last, container, self.clock.now())
        if last.container not in ("", walk.container):
            _log.error(
                "the turns container was created anew: the memories of the turns before stay, and"
                " deletions of such turns are not noticed any more"
            )
        return await self.log.save_walk(walk, stored.etag)

    async def _go_on(self, stored: Versioned[Walk]) -> Versioned[Walk]:
        began, looked, walk = self.clock.now(), 0, stored.value
        async for key in self._threads_from(walk):
            walk = await self._look_at(key, walk)
            looked += 1
            if looked % _THREADS_A_SAVE == 0:
                stored = await self.log.save_walk(walk, stored.etag)
            if self.clock.now() - began > self.times.budget:
                return await self.log.save_walk(walk, stored.etag)
        walk = end_walk(walk, self.limit)
        if walk.stopped:
            _log.error(
                "%d of %d turns are missing from the turns container: nothing is forgotten. If they"
                " were deleted on purpose, raise MEMORY_VANISHED_LIMIT; else restore them.",
                walk.missing,
                walk.checked,
            )
        return await self.log.save_walk(walk, stored.etag)

    async def _threads_from(self, walk: Walk) -> AsyncIterator[ThreadKey]:
        """All threads after the last one looked at."""
        user_id, users = walk.user_id, list[str]()
        if user_id:
            async for key in self._threads_of(user_id, walk.thread_id):
                yield key
        while users := await self.log.users_after(user_id, _NAMES_A_PAGE):
            for user_id in users:
                async for key in self._threads_of(user_id, ""):
                    yield key

    async def _threads_of(self, user_id: str, thread_id: str) -> AsyncIterator[ThreadKey]:
        while True:
            after = ThreadKey(user_id=user_id, thread_id=thread_id)
            names = await self.log.threads_after(after, _NAMES_A_PAGE)
            for thread_id in names:
                yield ThreadKey(user_id=user_id, thread_id=thread_id)
            if len(names) < _NAMES_A_PAGE:
                return

    async def _look_at(self, key: ThreadKey, walk: Walk) -> Walk:
        """The walk after this thread; one that cannot be read now is left to the next walk."""
        expected, missing = list[SeenTurn](), list[str]()
        try:
            async for page in self.history.seen(key):
                expected += [turn for turn in page if should_exist(turn, walk, self.clock.now())]
            # After the marks: what is counted was there before.
            existing = await self.inventory.existing(key) if expected else set[str]()
            missing = [turn.turn_id for turn in expected if turn.turn_id not in existing]
            await self._note(key, missing, walk)
        except TransientError as error:
            _log.warning("a thread was not looked at (%s); the next walk does", error.code)
        update = {"checked": walk.checked + len(expected), "missing": walk.missing + len(missing)}
        return walk.model_copy(update={**update, **key.model_dump()})

    async def _note(self, key: ThreadKey, missing: list[str], walk: Walk) -> None:
        for start in range(0, len(missing), MOST_TURNS_A_NOTE):
            turn_ids = missing[start : start + MOST_TURNS_A_NOTE]
            note = VanishedTurns(
                id=f"vanished:{hash_parts(*turn_ids)}",
                **key.model_dump(),
                turn_ids=turn_ids,
                walk=walk.number,
                next_at=self.clock.now() + self.times.settle,
                container=walk.container,
            )
            await self.log.note(note)

    async def _work_off(self, cleared: int) -> None:
        began = self.clock.now()
        for note in await self.log.due_notes(began, cleared, _NOTES_A_SWEEP):
            try:
                await self._confirm(note)
            except TransientError as error:
                _log.warning("vanished turns wait for the next sweep (%s)", error.code)
            if self.clock.now() - began > self.times.budget:
                return

    async def _confirm(self, noted: Versioned[VanishedTurns]) -> None:
        """Forget the turns of a note if a second look, into the same container, misses them too."""
        note = noted.value
        if not note.confirmed:
            there = await self.inventory.existing(note.key, note.turn_ids)
            gone = [turn_id for turn_id in note.turn_ids if turn_id not in there]
            # After the look: only a container that is still the first one was the one looked into.
            if not gone or await self._is_of_another_container(note):
                await self.log.drop_note(note)
                return
            confirmed = note.model_copy(update={"confirmed": True, "turn_ids": gone})
            noted = await self.log.save_note(confirmed, noted.etag)
        await self.forget_turns.run(noted)

    async def _is_of_another_container(self, note: VanishedTurns) -> bool:
        if not note.container:
            return False
        return (await self.inventory.describe()).identity != note.container
