"""What the HTTP API says to requests for an erasure."""

import json
from typing import Any

import azure.functions as func
import pytest

from tests.conftest import OpenApp
from tests.fakes.memory_app import MemoryApp
from tests.workflow.hub import registered_functions


async def ask(body: str) -> tuple[int, dict[str, Any]]:
    request = func.HttpRequest("POST", "/api/forget", body=body.encode())
    answer = await registered_functions()["forget"].get_user_function()(req=request)
    return answer.status_code, json.loads(answer.get_body())


@pytest.fixture
def serving(app: MemoryApp, monkeypatch: pytest.MonkeyPatch) -> MemoryApp:
    monkeypatch.setattr("triggers.forget.get_services", lambda: app.services)
    return app


async def test_a_request_is_answered_with_what_was_erased(serving: MemoryApp) -> None:
    user = {"user_id": "u/1", "thread_id": "t?1"}
    for turn_id in ("one", "two"):
        turn = {"id": turn_id, "type": "turn", **user, "role": "user", "content": "Hello"}
        await serving.turns.create_item(turn)
    erased = await ask(json.dumps({**user, "turn_ids": ["one"]}))
    assert erased == (200, {"threads": 1, "turns": 1, "done": True})
    assert [turn["id"] for turn in await serving.find(serving.turns)] == ["two"]
    assert await ask(json.dumps({"user_id": "u/1"})) == (
        200, {"threads": 1, "turns": 1, "done": True},
    )  # fmt: skip
    assert await serving.find(serving.turns) == []


@pytest.mark.usefixtures("serving")
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("{}", "user_id"),
        ('{"user_id": ""}', "user_id"),
        ('{"user_id": "u1", "turn_ids": ["a"]}', "body"),
        ('{"user_id": "u1", "thread_id": "t1", "turn_ids": []}', "turn_ids"),
        ('{"user_id": "u1", "thread": "t1"}', "thread"),
        ("[", "body"),
    ],
)
async def test_a_bad_request_is_told_which_field_is_wrong(body: str, named: str) -> None:
    status, answer = await ask(body)
    assert (status, answer["error"]["code"]) == (400, "invalid_erasure")
    assert answer["error"]["message"].startswith(named)


async def test_an_app_that_leaves_turns_alone_refuses_and_says_why(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(MEMORY_PROCESSOR_OWNER="inprocess")
    monkeypatch.setattr("triggers.forget.get_services", lambda: app.services)
    status, answer = await ask('{"user_id": "u1"}')
    assert (status, answer["error"]["code"]) == (409, "not_owner")
