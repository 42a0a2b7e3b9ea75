"""A user's procedures, and what they rest on."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from shared.domain.procedures import RuleSource


class ProcedureStore(Protocol):
    """Procedures in the memories container."""

    async def wishes(self, user_id: str, limit: int) -> list[RuleSource]:
        """The newest active facts that say how to act: preferences, requirements, what matters.

        Those of agents are among them, as such.
        """
        ...

    async def lessons(self, user_id: str, limit: int) -> list[RuleSource]:
        """What the user's newest episodes taught, one source an episode."""
        ...

    async def facts(self, user_id: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Whether these facts still hold, by id: superseded_by and supersede_reason.

        Episodes are found likewise. What is not in the store is not among them.
        """
        ...

    async def outline(
        self, user_id: str, limit: int, ids: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """What says which active procedures and candidates the user has, the latest first.

        Those with one of `ids` are among them in any case, ended ones too. Each has id, status,
        superseded_by, source_fact_ids and `_etag`: a user may have many, and a whole document with
        its vector is a hundred times as long.
        """
        ...

    async def ended(self, user_id: str, limit: int) -> list[dict[str, Any]]:
        """The same of active procedures and candidates that have ended, the last first."""
        ...

    async def names(self, user_id: str, status: str, limit: int) -> list[dict[str, Any]]:
        """The latest procedures with a status that have not ended.

        Each with id, name, summary and source_fact_ids.
        """
        ...

    async def load(self, user_id: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Those of the procedures that exist, by id: what a new wording of them may change.

        That is, with `_etag`, their wording, status, sources and version, and no vector.
        """
        ...

    async def create(self, user_id: str, documents: Sequence[Mapping[str, Any]]) -> int:
        """Create the procedures that do not exist yet; how many were new."""
        ...

    async def revise(
        self, user_id: str, procedure_id: str, etag: str, changes: Mapping[str, Any]
    ) -> bool:
        """Set fields of the version with this ETag; False, and nothing done, if it is another."""
        ...

    async def mark(
        self, user_id: str, procedure_id: str, etag: str, end: tuple[str, str, str] | None
    ) -> bool:
        """End the version with this ETag (by, reason, at), or (None) make it active again."""
        ...
