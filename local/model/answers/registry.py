"""Which schema name stands for which purpose."""

from collections.abc import Callable
from typing import Final

from local.model.answers.derive_procedures import derive_procedures
from local.model.answers.extract_episodes import extract_episodes
from local.model.answers.extract_memories import extract_memories
from local.model.answers.reconcile_memories import reconcile_memories
from local.model.answers.sdk_transcript import extract_transcript, summarize_transcript
from local.model.answers.summarize_thread import summarize_thread
from local.model.answers.update_user_profile import update_user_profile
from local.model.json_values import JsonObject

ANSWERS: Final[dict[str, Callable[[str], JsonObject]]] = {
    "ExtractMemories": extract_memories,
    "ExtractEpisodes": extract_episodes,
    "DeriveProcedures": derive_procedures,
    "SummarizeThread": summarize_thread,
    "UpdateUserProfile": update_user_profile,
    "ReconcileMemories": reconcile_memories,
    "ExtractMemoriesOutput": extract_transcript,
    "SummarizeOutput": summarize_transcript,
    "SummarizeUpdateOutput": summarize_transcript,
}


def answer_purpose(schema_name: str, prompt: str) -> JsonObject | None:
    """The answer to a known purpose; None for a schema name that stands for none."""
    answer = ANSWERS.get(schema_name)
    return answer(prompt) if answer else None
