"""A Durable Functions client that takes the ids that the extension takes, and notes every start."""

from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

MAX_ID_CHARACTERS = 256


class BadInstanceIdError(Exception):
    """The Durable extension refuses such an id (DurableClient.cs)."""


@dataclass
class DurableClient:
    """Implements shared.services.start_orchestrations.DurableClient; `started` is in order."""

    started: list[tuple[str, str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, str, dict[str, Any]]]
    )

    async def start_new(
        self,
        orchestration_function_name: str,
        instance_id: str | None = None,
        client_input: Any | None = None,
    ) -> str:
        if not instance_id or not _is_legal(instance_id):
            raise BadInstanceIdError
        self.started.append((orchestration_function_name, instance_id, client_input or {}))
        return instance_id

    async def get_status(self, instance_id: str) -> Any:
        """Nothing runs: what is started is run later."""
        return None


def _is_legal(instance_id: str) -> bool:
    return (
        len(instance_id) <= MAX_ID_CHARACTERS
        and not instance_id.startswith("@")
        and not any(each in "/\\#?" or category(each) == "Cc" for each in instance_id)
    )
