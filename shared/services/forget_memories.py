"""Forgetting what memories owe to turns that have vanished."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.forgetting import Document, forget_memories, forget_turns, pass_on
from shared.domain.turns import ThreadKey
from shared.ports import DerivedMemories
from shared.services.conflicts import retry_conflicts

type _Rule = Callable[[Mapping[str, Any], Collection[str]], Document | None]


@dataclass(frozen=True, slots=True)
class ForgetMemories:
    """Takes vanished turns out of every memory of a user; doing it again changes nothing.

    A memory that rests on nothing else is removed, its superseded history included. What it had
    superseded is true again, or superseded by what had superseded it; what was made of it is
    changed or removed likewise.
    """

    memories: DerivedMemories

    async def run(
        self, key: ThreadKey, turn_ids: Sequence[str], memory_ids: Collection[str]
    ) -> int:
        """How many memories were changed or removed.

        `memory_ids` are those that the ledger names beside the turns: they may be of another thread
        of the user, if the turns repeated what was said there.
        """
        return await retry_conflicts(
            "a memory", lambda _: self._forget_turns(key, turn_ids, memory_ids)
        )

    async def _forget_turns(
        self, key: ThreadKey, turn_ids: Sequence[str], memory_ids: Collection[str]
    ) -> int:
        found = await self.memories.resting_on(key, turn_ids, memory_ids)
        return await self._forget(key.user_id, found, frozenset(turn_ids), forget_turns)

    async def _forget(
        self, user_id: str, found: Sequence[Document], sources: Collection[str], rule: _Rule
    ) -> int:
        """Apply the rule; whatever depends on a memory is put right before it is removed."""
        changed = 0
        forgotten: dict[str, Document] = {}
        for document in found:
            left = rule(document, sources)
            if left is None:
                forgotten[document["id"]] = document
            elif left != document:
                await self.memories.replace(left)
                changed += 1
        if forgotten:
            made = await self.memories.derived_from(user_id, forgotten)
            others = [each for each in made if each["id"] not in forgotten]
            changed += await self._forget(user_id, others, forgotten.keys(), forget_memories)
            await self._pass_on(user_id, forgotten)
            for document in forgotten.values():
                await self.memories.remove(document)
            # Once more: an extraction may have superseded something in between.
            await self._pass_on(user_id, forgotten)
        return changed + len(forgotten)

    async def _pass_on(self, user_id: str, forgotten: Mapping[str, Document]) -> None:
        for document in await self.memories.ended_by(user_id, forgotten.keys()):
            if document["id"] not in forgotten:
                await self.memories.replace(pass_on(document, forgotten))
