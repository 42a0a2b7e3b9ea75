"""Rules for an agent, from what a user wants or what episodes taught."""

from typing import Final

from local.model.answers.verdicts import normalise_text
from local.model.json_values import Json, JsonObject, as_objects, as_text, parse_object

MOST_RULES: Final = 15
WORDS_OF_A_NAME: Final = 6


def derive_procedures(prompt: str) -> JsonObject:
    """Answer DeriveProcedures: a rule for each wish or lesson that has none yet."""
    request = parse_object(prompt)
    known = {normalise_text(as_text(r.get("summary"))) for r in as_objects(request.get("rules"))}
    rules: list[Json] = []
    for source in as_objects(request.get("sources")):
        text = as_text(source.get("text"))
        wanted = as_text(source.get("category")) in ("preference", "requirement")
        is_lesson = not text.startswith("The ")
        if not text or not (wanted or is_lesson):
            continue
        summary = f"Keep in mind: {text}"
        if normalise_text(summary) not in known:
            rules.append(_describe(as_text(source.get("id")), text, summary))
    return {"procedures": rules[:MOST_RULES]}


def _describe(source_id: str, text: str, summary: str) -> JsonObject:
    return {
        "name": " ".join(text.split()[:WORDS_OF_A_NAME]).rstrip(".,;"),
        "summary": summary,
        "retrieval_text": text,
        "procedure_kind": "behavioral_policy",
        "activation_conditions": [],
        "steps": [],
        "safety_constraints": [],
        "grounded_in": [source_id],
        "same_as": None,
        "confidence": 0.7,
    }
