"""What the HTTP API says to requests for a backfill that it cannot serve."""

import json
from typing import Any

import azure.functions as func
import pytest

from tests.conftest import OpenApp
from tests.workflow.hub import registered_functions

NO_CLIENT = json.dumps({"taskHubName": "none", "rpcBaseUrl": "http://127.0.0.1:9"})


async def ask(body: str) -> tuple[int, dict[str, Any]]:
    request = func.HttpRequest("POST", "/api/backfill", body=body.encode())
    handler = registered_functions()["begin_backfill"].get_user_function()
    answer = await handler(req=request, client=NO_CLIENT)
    return answer.status_code, json.loads(answer.get_body())["error"]


async def test_an_app_that_leaves_turns_alone_refuses_and_says_why(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(MEMORY_PROCESSOR_OWNER="inprocess")
    monkeypatch.setattr("triggers.backfills.get_services", lambda: app.services)
    status, error = await ask("{}")
    assert (status, error["code"]) == (409, "not_owner")
    assert "MEMORY_PROCESSOR_OWNER" in error["message"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('{"since": "2026-07-01T00:00:00"}', "since"),
        ('{"user_id": ""}', "user_id"),
        ('{"users": "u1"}', "users"),
        ("[", "body"),
    ],
)
async def test_a_bad_request_is_told_which_field_is_wrong(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, body: str, named: str
) -> None:
    app = await open_app()
    monkeypatch.setattr("triggers.backfills.get_services", lambda: app.services)
    status, error = await ask(body)
    assert (status, error["code"]) == (400, "invalid_backfill")
    assert error["message"].startswith(named)
