"""Forgetting what memories owe to turns that have vanished."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.forgetting import (
    Document,
    find_other_proof,
    forget_memories,
    forget_turns,
    pass_on,
)
from shared.domain.turns import ThreadKey
from shared.ports import ForgettableMemories, TurnReader
from shared.services.conflicts import retry_conflicts


@dataclass(frozen=True, slots=True)
class ForgetMemories:
    """Takes vanished turns out of every memory of a user; doing it again changes nothing.

    A memory that rests on nothing else is removed, its superseded history included. What it had
    superseded is true again, or superseded by what had superseded it; what was made of it is
    changed or removed likewise.
    """

    memories: ForgettableMemories
    turns: TurnReader

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
        gone, left = frozenset(turn_ids), list[tuple[Document, Document | None]]()
        found = await self.memories.resting_on(key, turn_ids, memory_ids)
        for document in found:
            kept = forget_turns(document, gone) or await self._prove_otherwise(document, gone)
            left.append((document, kept))
        removed = set(memory_ids) - {document["id"] for document in found}
        changed = await self._forget_late(key.user_id, removed)
        return changed + await self._write(key.user_id, left)

    async def _forget_late(self, user_id: str, removed: Collection[str]) -> int:
        """What a late run has made of memories that are not stored any more."""
        late = await self.memories.derived_from(user_id, removed)
        return await self._write(user_id, [(each, forget_memories(each, removed)) for each in late])

    async def _prove_otherwise(self, document: Document, gone: Collection[str]) -> Document | None:
        """The memory, where another turn that it cites says the same word for word."""
        sources: list[str] = list(document.get("source_turn_ids") or [])
        others = [turn_id for turn_id in sources if turn_id not in gone]
        if not others or document.get("type") == "episodic":
            return None
        where = ThreadKey(user_id=document["user_id"], thread_id=document["thread_id"])
        return find_other_proof(document, gone, await self.turns.read(where, others))

    async def _write(
        self, user_id: str, changes: Sequence[tuple[Document, Document | None]]
    ) -> int:
        """Write what is left of memories; what depends on one is put right before it is removed."""
        changed = 0
        forgotten: dict[str, Document] = {}
        for document, left in changes:
            if left is None:
                forgotten[document["id"]] = document
            elif left != document:
                await self.memories.replace(left)
                changed += 1
        if forgotten:
            made = await self.memories.derived_from(user_id, forgotten)
            others = [each for each in made if each["id"] not in forgotten]
            changed += await self._write(
                user_id, [(each, forget_memories(each, forgotten)) for each in others]
            )
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
