"""The facts that rules rest on, as far as they say whether the rules hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.ports import ProcedureStore

_MAX_FOLDS = 5


async def load_rule_facts(
    procedures: ProcedureStore, user_id: str, rules: Iterable[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The source facts of rules, and those that they were folded into, by id."""
    facts: dict[str, dict[str, Any]] = {}
    wanted = {str(name) for rule in rules for name in rule.get("source_fact_ids") or ()}
    for _ in range(_MAX_FOLDS):
        if not wanted:
            break
        facts |= await procedures.facts(user_id, sorted(wanted))
        folded = {
            str(fact["superseded_by"])
            for fact in facts.values()
            if fact.get("supersede_reason") == "duplicate" and fact.get("superseded_by")
        }
        wanted = folded - facts.keys()
    return facts
