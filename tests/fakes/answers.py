"""Answers of the model, short to write."""

from typing import Any

from tests.fakes.chat_model import Payload, Reply


def fact(text: str, quote: str, turn: str = "t1", **fields: Any) -> dict[str, Any]:
    return {
        "text": text,
        "category": "preference",
        "confidence": 0.9,
        "salience": 0.5,
        "temporal_context": None,
        "tags": [],
        "turn_ids": [turn],
        "quote": quote,
        "duplicate_of": None,
        "supersedes": [],
        "updates": [],
        "entities": [],
        **fields,
    }


def facts(*items: dict[str, Any]) -> dict[str, Any]:
    return {"facts": list(items)}


def fact_of_each_turn(payload: Payload) -> Reply:
    """One fact for every turn shown, saying what the turn says."""
    return facts(
        *(fact(f"Said: {turn['text']}", turn["text"], turn["id"]) for turn in payload["turns"])
    )


def event(description: str, quote: str, *turns: str) -> dict[str, Any]:
    return {
        "description": description,
        "occurred_at": None,
        "turn_ids": list(turns),
        "quote": quote,
    }


def episode(title: str, *events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "title": title,
        "summary": f"{title}, in short.",
        "participants": ["the user"],
        "events": list(events),
        "outcome": None,
        "lessons": [],
        "tags": [],
        "salience": 0.5,
        "confidence": 0.8,
        **fields,
    }


def episodes(*items: dict[str, Any]) -> dict[str, Any]:
    return {"episodes": list(items)}


def episode_of_all(payload: Payload) -> Reply:
    """One episode with an event for every turn shown."""
    events = (event(turn["text"], turn["text"], turn["id"]) for turn in payload["turns"])
    return episodes(episode(f"{len(payload['turns'])} turns", *events))


def summary(overview: str, *key_points: str) -> dict[str, Any]:
    return {
        "overview": overview,
        "key_points": list(key_points),
        "decisions": [],
        "open_issues": [],
        "topics": [],
        "action_items": [],
    }


def summary_of_all(payload: Payload) -> Reply:
    """The key points so far and one more for every turn shown."""
    before: list[str] = (payload["previous"] or {}).get("key_points", [])
    return summary("A talk.", *before, *(turn["text"] for turn in payload["turns"]))


def profile(*key_facts: str) -> dict[str, Any]:
    return {
        "key_facts": list(key_facts),
        "personal_preferences": [],
        "account_environment": [],
        "goals_current_work": [],
        "behavioral_patterns": [],
        "compliance_requirements": [],
        "open_items": [],
        "topics": [],
    }


def profile_of_all(payload: Payload) -> Reply:
    """The key facts so far and the new ones, without those that were retracted."""
    before: list[str] = (payload["previous"] or {}).get("key_facts", [])
    shown = [*before, *(item["text"] for item in payload["facts"])]
    return profile(*dict.fromkeys(text for text in shown if text not in payload["retracted"]))


def rule(name: str, *sources: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "summary": f"{name}, always.",
        "retrieval_text": name,
        "procedure_kind": "behavioral_policy",
        "activation_conditions": [],
        "steps": [],
        "safety_constraints": [],
        "grounded_in": list(sources),
        "same_as": None,
        "confidence": 0.9,
        **fields,
    }
