"""Memories of any type, by what they rest on."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from shared.domain.turns import ThreadKey


class ForgettableMemories(Protocol):
    """The memories container, for those who forget; documents are whole, with their `_etag`."""

    async def resting_on(
        self, key: ThreadKey, turn_ids: Sequence[str], memory_ids: Collection[str]
    ) -> list[dict[str, Any]]:
        """The thread's memories with one of the turns among their sources, and those named.

        Superseded ones are among them. The named may be of any thread of the user.
        """
        ...

    async def derived_from(self, user_id: str, memory_ids: Collection[str]) -> list[dict[str, Any]]:
        """The user's memories that were made of one of these memories."""
        ...

    async def ended_by(self, user_id: str, memory_ids: Collection[str]) -> list[dict[str, Any]]:
        """The user's memories that one of these memories has superseded."""
        ...

    async def replace(self, document: Mapping[str, Any]) -> None:
        """Replace a memory; ConflictError if it is not the one with this `_etag` any more."""
        ...

    async def remove(self, document: Mapping[str, Any]) -> None:
        """Remove a memory; one that is gone is as good. ConflictError as in `replace`."""
        ...
