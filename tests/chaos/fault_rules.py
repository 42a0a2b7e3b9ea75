"""The faults that Cosmos DB and the model are ordered to have, drawn from a seed."""

from random import Random
from typing import Any

from tests.chaos.events import Event

_OPERATIONS = (None, None, "batch", "batch", "read", "query", "create", "patch", "replace")
_APP = "agent-memory-processor"
_FEED = "local-functions-host"


def draw_cosmos_rule(draw: Random) -> dict[str, Any]:
    """An order for POST /_faults of the Cosmos DB server; it strikes app or host, not observers."""
    rule: dict[str, Any] = {
        "user_agent": draw.choice((_APP, _APP, _APP, _FEED)),
        "count": draw.randint(1, 12),
        "probability": draw.choice((0.15, 0.4, 1.0)),
        "after": draw.randint(0, 20),
        "seed": draw.randrange(1_000_000),
    }
    operation = draw.choice(_OPERATIONS)
    if operation and rule["user_agent"] == _APP:
        rule["operation"] = operation
    match draw.choice(("throttle", "status", "reset", "lose_reply", "lose_reply", "delay")):
        case "throttle":
            return rule | {
                "kind": "status",
                "status": 429,
                "retry_after_ms": draw.choice((1, 20, 200)),
            }
        case "status":
            return rule | {"kind": "status", "status": draw.choice((408, 449, 500, 503))}
        case "delay":
            return rule | {"kind": "delay", "seconds": draw.choice((0.05, 0.2, 0.5))}
        case kind:
            return rule | {"kind": kind}


def draw_denials(draw: Random, storm: float) -> list[Event]:
    """In every other seed a key or a role of the app is not good for a while."""
    if draw.random() < 0.5:
        return []
    rules: list[dict[str, Any]] = [
        {
            "kind": "status",
            "status": status,
            "user_agent": _APP,
            "count": draw.randint(1, 8),
            "probability": draw.choice((0.4, 1.0)),
            "seed": draw.randrange(1_000_000),
        }
        for status in (401, 403)
    ]
    return [Event(draw.uniform(0.1, storm), "cosmos fault", rule) for rule in rules]


def draw_latency_rule(draw: Random) -> dict[str, Any]:
    """An order that holds the app's transactions up, so that what runs at once overlaps."""
    return {
        "kind": "delay",
        "user_agent": _APP,
        "operation": "batch",
        "seconds": draw.choice((0.1, 0.3, 0.5)),
        "probability": draw.choice((0.3, 0.5)),
        "count": None,
        "seed": draw.randrange(1_000_000),
    }


def draw_model_rule(draw: Random) -> dict[str, Any]:
    """An order for POST /_faults of the model server, or for the proxy before it: lose_reply."""
    rule: dict[str, Any] = {
        "count": draw.randint(1, 6),
        "probability": draw.choice((0.3, 0.6, 1.0)),
        "operation": draw.choice(("chat", "chat", "chat", "embeddings")),
    }
    kinds = ["throttle", "status", "timeout", "reset", "delay", "lose_reply", "lose_reply"]
    if rule["operation"] == "chat":
        kinds += ["invalid_json", "truncated", "refusal", "content_filter"]
    match draw.choice(kinds):
        case "throttle":
            return rule | {"kind": "status", "status": 429, "retry_after": 1}
        case "status":
            return rule | {"kind": "status", "status": draw.choice((401, 403, 404, 500, 503))}
        case "delay":
            return rule | {"kind": "delay", "seconds": draw.choice((0.1, 0.4))}
        case "timeout":
            return rule | {"kind": "timeout", "count": 1}
        case kind:
            return rule | {"kind": kind}
