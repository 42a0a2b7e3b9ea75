"""Facts of a chunk of turns, with verdicts on those that are known."""

from local.model.answers.conversation import Turn, read_turns
from local.model.answers.verdicts import StatementsInForce
from local.model.json_values import Json, JsonObject, as_objects, as_text, parse_object
from local.model.language.labels import label_statement


def extract_memories(prompt: str) -> JsonObject:
    """Answer ExtractMemories; the facts of a turn do not depend on the turns around it."""
    request = parse_object(prompt)
    in_force = StatementsInForce()
    for known in as_objects(request.get("known")):
        in_force.add_known(as_text(known.get("id")), as_text(known.get("text")))
    facts: list[Json] = []
    for turn in read_turns(request.get("turns")):
        for fact in describe_facts(turn):
            verdict = in_force.judge(f"f{len(facts)}", as_text(fact["text"]))
            facts.append(
                {
                    **fact,
                    "turn_ids": [turn.id],
                    "duplicate_of": verdict.duplicate_of,
                    "supersedes": list(verdict.supersedes),
                    "updates": [],
                    "entities": [],
                }
            )
    return {"facts": facts}


def describe_facts(turn: Turn) -> list[JsonObject]:
    """The facts of one turn, before they are compared with any other."""
    facts: list[JsonObject] = []
    for statement in turn.statements:
        labels = label_statement(statement.text, turn.speaker.name)
        facts.append(
            {
                "text": statement.text,
                "category": labels.category,
                "confidence": labels.confidence,
                "salience": labels.salience,
                "temporal_context": statement.temporal_context,
                "tags": list(labels.tags),
                "quote": statement.quote,
            }
        )
    return facts
