"""What is derived from turns: facts, summaries and profiles."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from shared.domain.facts import GroundedFact, KnownFact
from shared.domain.turns import ThreadKey


class FactStore(Protocol):
    """Facts in the memories container.

    Others write facts there too: one without an id, a thread or a content of the right type is left
    out of whatever is read here, and stays as it is.
    """

    async def nearest(
        self, user_id: str, embedding: Sequence[float], limit: int
    ) -> list[KnownFact]:
        """The user's active facts most similar to the vector, best first."""
        ...

    async def load(self, user_id: str, fact_ids: Sequence[str]) -> dict[str, KnownFact]:
        """Those of the facts that exist, by id, superseded ones included."""
        ...

    async def create(self, key: ThreadKey, documents: Sequence[Mapping[str, Any]]) -> int:
        """Create the facts that do not exist yet; how many were new."""
        ...

    async def absorb(
        self, known: KnownFact, user_id: str, fact: GroundedFact, *, revive: bool
    ) -> bool:
        """Unite a fact with the stored one (see `absorb_fact`); repeating it changes nothing.

        False if there is no stored one any more; ConflictError if it was written at the same time.
        """
        ...

    async def supersede(
        self, user_id: str, loser: KnownFact, winner_id: str, reason: str, at: str
    ) -> bool:
        """Mark an active fact as superseded; False if it was not active any more.

        Also False if it was said again since: its event times are not those of `loser` any more.
        """
        ...

    async def note_said(self, user_id: str, known: KnownFact, said_at: str) -> bool:
        """Note the later event time at which an active fact was said elsewhere.

        False if it was not active any more, was said again since `known` was read, or has no
        metadata to hold it.
        """
        ...

    async def newest(self, user_id: str, limit: int) -> list[KnownFact]:
        """The user's newest active facts by event time, newest first; no facts of agents."""
        ...

    async def same_content(self, user_id: str, content_hashes: Sequence[str]) -> list[KnownFact]:
        """The user's active facts with one of these content hashes."""
        ...


class EpisodeStore(Protocol):
    """Episodes in the memories container."""

    async def create(self, key: ThreadKey, documents: Sequence[Mapping[str, Any]]) -> int:
        """Create the episodes that do not exist yet; how many were new."""
        ...

    async def move_cursor(self, key: ThreadKey, last_at: str, last_turn: str, now: str) -> None:
        """Move the public SDK's mark of what is in episodes; never backwards.

        `last_at` is the event time of turn `last_turn`; compared as text, together.
        """
        ...


class ChangedMemories(Protocol):
    """Facts, episodes and procedures in the memories container, by when they were written."""

    async def since(self, user_id: str, since: int, known: Collection[str]) -> list[dict[str, Any]]:
        """The user's memories written at or after Unix time `since`, oldest first, no vectors.

        Superseded ones are among them, and procedures that are candidates. Each has its `type`,
        `_ts` and `_etag`, and of what its type holds id, thread_id, content, content_hash,
        category, source, title, name, outcome, status, source_kind, created_at, last_said_at,
        superseded_by and supersede_reason; of the versions (ETags) that are `known` only `_ts` and
        `_etag` come.
        """
        ...


class SummaryStore(Protocol):
    """Thread summaries and user profiles in the summaries container."""

    async def load(self, key: ThreadKey, document_id: str) -> dict[str, Any] | None:
        """The stored document without its vector, or None; its version is `_etag`."""
        ...

    async def save(self, document: Mapping[str, Any], *, replacing: str | None) -> bool:
        """Replace the version of the document with this ETag, or (None) create it.

        False, and nothing written, if another version is stored.
        """
        ...

    async def remove(self, key: ThreadKey, document_id: str, etag: str) -> bool:
        """Remove this version of a document; False, and nothing done, if another is stored."""
        ...

    async def profile_and_changed_threads(
        self, user_id: str, profile_id: str, since: int, known: Collection[str]
    ) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """The user's profile without its text, and thread summaries written since, in one look.

        The summaries are the active ones of Unix time `since` or later, without their metadata;
        those whose versions (ETags) are `known` come without their content too.
        """
        ...
