"""Rules for an agent, from what a user wants or what episodes taught."""

from typing import Final

from local.model.answers.verdicts import normalise_text
from local.model.json_values import Json, JsonObject, as_objects, as_text, parse_object
from local.model.language.lessons import tells_lesson

MOST_RULES: Final = 15
WORDS_OF_A_NAME: Final = 6
_SUMMARY: Final = "Keep in mind: {}"


def derive_procedures(prompt: str) -> JsonObject:
    """Answer DeriveProcedures: a rule for each wish or lesson that has none yet."""
    request = parse_object(prompt)
    known = {normalise_text(as_text(r.get("summary"))) for r in as_objects(request.get("rules"))}
    sources_of: dict[str, tuple[str, list[Json]]] = {}
    for source in as_objects(request.get("sources")):
        text = as_text(source.get("text"))
        wanted = as_text(source.get("category")) in ("preference", "requirement")
        key = normalise_text(_SUMMARY.format(text))
        if text and (wanted or tells_lesson(text)) and key not in known:
            sources_of.setdefault(key, (text, []))[1].append(as_text(source.get("id")))
    rules = [_describe(text, source_ids) for text, source_ids in sources_of.values()]
    return {"procedures": list[Json](rules[:MOST_RULES])}


def _describe(text: str, source_ids: list[Json]) -> JsonObject:
    return {
        "name": " ".join(text.split()[:WORDS_OF_A_NAME]).rstrip(".,;"),
        "summary": _SUMMARY.format(text),
        "retrieval_text": text,
        "procedure_kind": "behavioral_policy",
        "activation_conditions": [],
        "steps": [],
        "safety_constraints": [],
        "grounded_in": source_ids,
        "same_as": None,
        "confidence": 0.7,
    }
