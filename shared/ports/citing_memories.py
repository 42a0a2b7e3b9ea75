"""Memories of any type, by the turns that they cite."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.retirement import CitingMemory


class CitingMemories(Protocol):
    """Memories that cite turns, of whatever type, as a generation ends and revives them."""

    async def load(self, user_id: str, memory_ids: Sequence[str]) -> list[CitingMemory]:
        """Those of the memories that exist, superseded ones included."""
        ...

    async def ended_by(self, user_id: str, memory_ids: Sequence[str]) -> list[CitingMemory]:
        """The memories that one of these has superseded."""
        ...

    async def citing(self, user_id: str, turn_ids: Sequence[str]) -> list[CitingMemory]:
        """The active memories that cite one of these turns."""
        ...

    async def retire(self, user_id: str, memory: CitingMemory, by: str, at: str) -> None:
        """End the memory for the reason RETIRED; ConflictError if it has changed since the read."""
        ...

    async def revive(self, user_id: str, memory: CitingMemory) -> None:
        """Make the memory active again; ConflictError if it has changed since the read."""
        ...
