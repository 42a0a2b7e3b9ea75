"""Procedures: what the model may answer, whose rule it is, and the document that is stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from shared.domain.identifiers import PROCEDURES_THREAD, procedure_id
from shared.domain.text import build_tags, clamp_score
from shared.domain.turns import Frozen

KINDS = ("behavioral_policy", "workflow", "decision_rule", "tool_usage", "recovery_strategy")
NEEDS_STEPS = ("workflow", "recovery_strategy")
OPEN_STATUSES = ("active", "candidate")
"""Statuses that this app gives; the others (deprecated, rejected) are a person's word."""
TRUSTED_SOURCES = ("explicit_user_instruction", "observed_user_preference")
"""Source kinds of rules that rest on nothing but what the user said: no others become active."""
MAX_RULES = 15
_MAX_NAME = 120
_MAX_TEXT = 500
_MAX_LIST = 10
_MAX_TURNS = 100
_MAX_FORMER = 100
_REASONS = ("contradict", "update")
_AUTHORITY = {
    "explicit_user_instruction": "high",
    "observed_user_preference": "medium",
    "episode_distillation": "medium",
    "agent_inference": "low",
}
_COMPARED = (
    "name",
    "summary",
    "retrieval_text",
    "procedure_kind",
    "activation_conditions",
    "steps",
    "safety_constraints",
    "status",
    "source_kind",
)
_RESTS_ON = ("source_fact_ids", "source_episodic_ids")


class AnsweredStep(Frozen):
    """One step of a rule that has an order."""

    instruction: str
    expected_result: str | None
    on_failure: str | None
    tool_name: str | None


class AnsweredProcedure(Frozen):
    """One rule as the model answers it; sources and existing rules are the prompt's labels."""

    name: str
    summary: str
    retrieval_text: str
    procedure_kind: str
    activation_conditions: list[str]
    steps: list[AnsweredStep]
    safety_constraints: list[str]
    grounded_in: list[str]
    same_as: str | None
    confidence: float


class ProceduresAnswer(Frozen):
    """The model's whole answer to one procedure prompt."""

    procedures: list[AnsweredProcedure]


class RuleSource(Frozen):
    """What a rule may rest on: a fact of the user's, a fact of an agent's, or a lesson.

    `kind` is user, agent or lesson: set from where the memory came from, never by a model.
    """

    id: str
    kind: str
    text: str
    category: str = "other"
    source_turn_ids: list[str] = Field(default_factory=list)


class Rule(Frozen):
    """A rule with its standing set by code from its sources.

    One that `revises` was worded on top of a stored rule, and may have words of it.
    """

    id: str
    name: str
    summary: str
    retrieval_text: str
    procedure_kind: str
    activation_conditions: list[str]
    steps: list[AnsweredStep]
    safety_constraints: list[str]
    status: str
    source_kind: str
    confidence: float
    source_fact_ids: list[str]
    source_episodic_ids: list[str]
    source_turn_ids: list[str]
    revises: bool = False

    @property
    def rests_on(self) -> list[str]:
        """The ids of all its source memories."""
        return [*self.source_fact_ids, *self.source_episodic_ids]


def ground_rule(
    user_id: str,
    answer: AnsweredProcedure,
    sources: Mapping[str, RuleSource],
    existing: Mapping[str, Mapping[str, Any]],
) -> Rule | None:
    """The rule with its standing; None where it names none of the sources.

    Both mappings are keyed by the labels that the prompt showed. Only a rule that rests on nothing
    but facts of the user's is active: what an agent said, a tool printed or an episode taught makes
    a candidate, which no reader follows.
    """
    cited = {sources[label].id: sources[label] for label in answer.grounded_in if label in sources}
    changes = existing.get(answer.same_as or "")
    name = _line(str(changes["name"]) if changes else answer.name, _MAX_NAME)
    summary = _line(answer.summary, _MAX_TEXT)
    if not cited or not name or not summary:
        return None
    kinds = {source.kind for source in cited.values()}
    trusted = kinds == {"user"}
    kind = answer.procedure_kind if answer.procedure_kind in KINDS else KINDS[0]
    steps = answer.steps[:_MAX_LIST] if kind in NEEDS_STEPS else []
    turns = dict.fromkeys(t for source in cited.values() for t in source.source_turn_ids)
    return Rule(
        id=procedure_id(user_id, "user", None, name),
        name=name,
        summary=summary,
        retrieval_text=_line(answer.retrieval_text, _MAX_TEXT) or summary,
        procedure_kind=kind if steps or kind not in NEEDS_STEPS else KINDS[0],
        activation_conditions=_lines(answer.activation_conditions),
        steps=steps,
        safety_constraints=_lines(answer.safety_constraints),
        status="active" if trusted else "candidate",
        source_kind=_source_kind(trusted=trusted, cited=cited.values()),
        confidence=clamp_score(answer.confidence),
        source_fact_ids=sorted(s.id for s in cited.values() if s.kind != "lesson"),
        source_episodic_ids=sorted(s.id for s in cited.values() if s.kind == "lesson"),
        source_turn_ids=list(turns)[:_MAX_TURNS],
        revises=changes is not None,
    )


def _source_kind(*, trusted: bool, cited: Any) -> str:
    if trusted:
        asked = any(source.category == "requirement" for source in cited)
        return "explicit_user_instruction" if asked else "observed_user_preference"
    taught = any(source.kind == "lesson" for source in cited)
    return "episode_distillation" if taught else "agent_inference"


def _line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest].rstrip()


def _lines(texts: Sequence[str]) -> list[str]:
    return [line for text in texts[:_MAX_LIST] if (line := _line(text, _MAX_TEXT))]


def build_procedure(user_id: str, rule: Rule, prompt: tuple[str, str], now: str) -> dict[str, Any]:
    """The document of a new rule, in the public SDK's shape; `prompt` is its id and version."""
    return {
        "id": rule.id,
        "user_id": user_id,
        "thread_id": PROCEDURES_THREAD,
        "role": "system",
        "type": "procedural",
        "metadata": {},
        "created_at": now,
        "tags": build_tags(["sys:procedural", "sys:auto-extracted"], []),
        "scope_type": "user",
        "scope_value": None,
        "preconditions": [],
        "success_conditions": [],
        "failure_conditions": [],
        "priority": 0,
        "successful_uses": 0,
        "failed_uses": 0,
        "supersedes_ids": [],
        **_describe(rule, {}, prompt, now),
    }


def revise_procedure(
    rule: Rule, stored: Mapping[str, Any], prompt: tuple[str, str], now: str
) -> dict[str, Any] | None:
    """The fields of a stored rule that change; None if it stays as it is.

    It stays where nothing differs, where a person has rejected it, and where a mere candidate would
    take the place of an active rule. Its sources are those of the rule's present wording; the facts
    and episodes of earlier ones, of which a word may be left, are its `source_memory_ids`. The
    version grows with every change.
    """
    if stored.get("status") not in OPEN_STATUSES:
        return None
    if stored["status"] == "active" and rule.status != "active":
        return None
    described = _describe(rule, stored, prompt, now)
    if all(stored.get(name) == described[name] for name in (*_COMPARED, *_RESTS_ON)):
        return None
    return {name: value for name, value in described.items() if stored.get(name) != value}


def _describe(
    rule: Rule, before: Mapping[str, Any], prompt: tuple[str, str], now: str
) -> dict[str, Any]:
    """The fields of a rule's document that its wording and its sources decide."""
    fields: dict[str, Any] = rule.model_dump(mode="json")
    fields["steps"] = [
        {"sequence": number, **step} for number, step in enumerate(fields["steps"], 1)
    ]
    return {
        **{name: fields[name] for name in (*_COMPARED, *_RESTS_ON)},
        "content": rule.summary,
        "utility_score": rule.confidence,
        "source_authority": _AUTHORITY[rule.source_kind],
        "source_turn_ids": rule.source_turn_ids,
        "source_memory_ids": _list_former_sources(rule, before),
        "version": int(before.get("version") or 0) + 1,
        "updated_at": now,
        "prompt_id": prompt[0],
        "prompt_version": prompt[1],
    }


def _list_former_sources(rule: Rule, before: Mapping[str, Any]) -> list[str]:
    """Facts and episodes that earlier wordings of a rule rested on, the latest first."""
    if before.get("status") != rule.status:  # a candidate's sources would speak for an active rule
        return []
    former = [name for field in (*_RESTS_ON, "source_memory_ids") for name in _texts(before, field)]
    kept = [name for name in dict.fromkeys(former) if name not in rule.rests_on]
    return kept[:_MAX_FORMER]


def _texts(document: Mapping[str, Any], name: str) -> list[str]:
    texts: Sequence[object] = document.get(name) or ()
    return [str(text) for text in texts]


def judge_sources(
    procedure: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str] | None:
    """(superseded_by, reason) of a rule of whose source facts one holds no more; None if all do.

    Any of them may be why the rule says what it says. One that is not in the store was denied by
    nobody, and ends a rule only if none is left. A fact that was folded as a duplicate holds where
    the one that it was folded into does. `facts` are by id and hold those too. A rule that rests on
    no fact has nothing that could end it.
    """
    source_ids = _texts(procedure, "source_fact_ids")
    found = {name: follow_duplicates(name, facts) for name in source_ids}
    ended: list[tuple[str, str]] = []
    for fact in found.values():
        if fact and fact.get("superseded_by"):
            reason = str(fact.get("supersede_reason") or "")
            ended.append((str(fact["superseded_by"]), reason if reason in _REASONS else "update"))
    if source_ids and not any(found.values()):
        ended.append((source_ids[0], "update"))
    contradicted = [end for end in ended if end[1] == "contradict"]
    return next(iter(contradicted or ended), None)


def follow_duplicates(
    fact_id: str, facts: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """The fact that speaks for this one: itself, or what it was folded into; None if unknown."""
    seen: set[str] = set()
    fact = facts.get(fact_id)
    while fact and fact.get("supersede_reason") == "duplicate" and fact["id"] not in seen:
        seen.add(str(fact["id"]))
        fact = facts.get(str(fact.get("superseded_by") or ""), fact)
    return fact
