"""The facts of a user against one another: which of them hold no more."""

from local.model.answers.verdicts import StatementsInForce
from local.model.json_values import Json, JsonObject, as_objects, as_text, parse_object


def reconcile_memories(prompt: str) -> JsonObject:
    """Answer ReconcileMemories: on a single-valued matter the statement said last holds."""
    facts = as_objects(parse_object(prompt).get("facts"))
    in_force = StatementsInForce()
    pairs: list[Json] = []
    for fact in sorted(facts, key=lambda item: as_text(item.get("at"))):
        label = as_text(fact.get("id"))
        verdict = in_force.judge(label, as_text(fact.get("text")))
        for loser in verdict.supersedes:
            pairs.append({"winner": label, "loser": loser, "reason": "contradict"})
    return {"pairs": pairs}
