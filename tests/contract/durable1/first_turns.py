"""Index the app, and under azure-functions-durable 1.7.0 replay each orchestrator's first turn.

Prints one JSON object: the functions with their trigger, the retry of the change feed's trigger,
and for each orchestrator the activity that its first turn asks for.
"""

import json
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import function_app

STARTED_AT = "2026-01-01T00:00:00.000000Z"
INPUTS = {
    "process_thread": {"user_id": "ada", "thread_id": "chat"},
    "process_user": {"user_id": "ada"},
    "run_backfill": {"backfill_id": "backfill:1"},
    "extract_memories": {
        "user_id": "ada",
        "thread_id": "chat",
        "claim_key": "chunk:1",
        "chunk": 1,
    },
    "extract_episodes": {
        "user_id": "ada",
        "thread_id": "chat",
        "claim_key": "chunk:1",
        "chunk": 1,
        "segments": [{"first": [1, 0], "last": [2, 1]}],
    },
    "summarize_thread": {
        "user_id": "ada",
        "thread_id": "chat",
        "claim_key": "chunk:1",
        "chunk": 1,
        "summarize_from": 1,
        "summarize_to": 1,
    },
}


def first_turn(name: str, handler: Any) -> list[str]:
    """The names of the functions that the orchestrator calls before it first waits."""
    event = {"EventId": -1, "IsPlayed": False, "Timestamp": STARTED_AT}
    payload = json.dumps(INPUTS[name])
    context = {
        "history": [
            {**event, "EventType": 12},
            {**event, "EventType": 0, "Name": name, "Input": payload, "Version": ""},
        ],
        "input": payload,
        "instanceId": "instance",
        "isReplaying": False,
        "parentInstanceId": None,
        "upperSchemaVersion": 2,
    }
    state = json.loads(handler(SimpleNamespace(body=json.dumps(context))))
    return [action["functionName"] for batch in state["actions"] for action in batch]


def main() -> None:
    """Index, replay, print."""
    durable = version("azure-functions-durable")
    triggers: dict[str, str] = {}
    turns: dict[str, list[str]] = {}
    retry: dict[str, Any] = {}
    for function in function_app.app.get_functions():
        name = str(function.get_function_name())
        trigger = function.get_trigger()
        triggers[name] = str(trigger.get_dict_repr()["type"]) if trigger else ""
        if name in INPUTS and durable.startswith("1."):
            turns[name] = first_turn(name, function.get_user_function())
        if name == "on_turns_written":
            retry = function.get_settings_dict("retry_policy") or {}
    print(  # noqa: T201 - the answer to the test that runs this program
        json.dumps(
            {
                "version": durable,
                "triggers": triggers,
                "turns": turns,
                "retry": retry,
            }
        )
    )


if __name__ == "__main__":
    main()
