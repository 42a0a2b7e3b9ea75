"""Which schema name stands for which purpose."""

from collections.abc import Callable
from typing import Final

from local.model.answers.extract_memories import extract_memories
from local.model.json_values import JsonObject

ANSWERS: Final[dict[str, Callable[[str], JsonObject]]] = {
    "ExtractMemories": extract_memories,
}


def answer_purpose(schema_name: str, prompt: str) -> JsonObject | None:
    """The answer to a known purpose; None for a schema name that stands for none."""
    answer = ANSWERS.get(schema_name)
    return answer(prompt) if answer else None
