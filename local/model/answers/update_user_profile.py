"""A user's profile, folded into the one before it."""

import re
from collections import Counter
from typing import Final

from local.model.answers.merging import StatementList, pick_weightiest
from local.model.answers.verdicts import normalise_text
from local.model.json_values import (
    Json,
    JsonObject,
    as_object,
    as_objects,
    as_text,
    as_texts,
    parse_object,
)
from local.model.language.labels import label_statement

MOST_ENTRIES: Final = 20
SECTIONS: Final = (
    "key_facts",
    "personal_preferences",
    "account_environment",
    "goals_current_work",
    "behavioral_patterns",
    "compliance_requirements",
    "open_items",
)
_OF_AGENT = re.compile(r"^(?:[^,]{2,60}\d{4}, )?the agent\b", re.IGNORECASE)
_ENVIRONMENT = re.compile(
    r"\b(?:works? (?:at|for|as|with)|working (?:at|for)|uses|drives|laptop|phone|account"
    r"|subscription|budget|email|time zone|server|company)\b"
)
_TO_DO = re.compile(r"\b(?:needs to|has to|must|has not (?:decided|heard|found|booked))\b")
_HABIT = re.compile(
    r"\b(?:usually|often|every (?:day|week|morning|evening|night|month|year|weekend|\w+day)|always"
    r"|sometimes|regularly|on (?:weekends|weekdays|\w+days)|tends to|commutes|daily)\b"
)


def update_user_profile(prompt: str) -> JsonObject:
    """Answer UpdateUserProfile; what was retracted is in no list.

    What an agent has said comes before all else, so that it takes the place of nothing.
    """
    request = parse_object(prompt)
    previous = as_object(request.get("previous"))
    retracted = {normalise_text(text) for text in as_texts(request.get("retracted"))}
    facts = sorted(as_objects(request.get("facts")), key=lambda fact: as_text(fact.get("at")))
    placed = [(fact, choose_section(_text(fact), as_text(fact.get("category")))) for fact in facts]
    of_agent = [(_text(fact), section) for fact, section in placed if _is_of_agent(fact)]
    of_user = [(_text(fact), section) for fact, section in placed if not _is_of_agent(fact)]
    before = [(text, section) for section in SECTIONS for text in as_texts(previous.get(section))]
    sections: dict[str, str] = {}
    statements = StatementList()
    for text, section in (*of_agent, *before, *of_user):
        if section:
            sections.setdefault(text, section)
            if normalise_text(text) not in retracted:
                statements.add(text)
    return _shape_profile(sections, statements.texts(), as_texts(previous.get("topics")))


def _text(fact: JsonObject) -> str:
    return as_text(fact.get("text"))


def _is_of_agent(fact: JsonObject) -> bool:
    return fact.get("source") == "agent"


def choose_section(text: str, category: str) -> str | None:
    """The section of the profile that a fact belongs to; None for a mood or the agent's doings."""
    if not text or _OF_AGENT.match(text):
        return None
    if _TO_DO.search(text) and category in ("requirement", "other"):
        return "open_items"
    if _ENVIRONMENT.search(text) and category != "preference":
        return "account_environment"
    by_category = {
        "requirement": "compliance_requirements",
        "biographical": "key_facts",
        "preference": "personal_preferences",
    }
    if _HABIT.search(text) and category != "requirement":
        return "behavioral_patterns"
    if category in by_category:
        return by_category[category]
    salience = label_statement(text, "").salience
    if salience < 0.5:
        return None
    return "goals_current_work" if salience > 0.5 else "key_facts"


def _shape_profile(sections: dict[str, str], texts: list[str], topics: list[str]) -> JsonObject:
    profile: JsonObject = {}
    for section in SECTIONS:
        members = [text for text in texts if sections[text] == section]
        profile[section] = list[Json](pick_weightiest(members, MOST_ENTRIES))
    counts = Counter[str](dict.fromkeys(topics, 1))
    for text in texts:
        counts.update(label_statement(text, "").tags)
    names = {text.split(" ", 1)[0].removesuffix("'s").lower() for text in texts}
    profile["topics"] = [
        topic for topic, _ in counts.most_common(MOST_ENTRIES) if topic not in names
    ]
    return profile
