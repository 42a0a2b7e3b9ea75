"""`./dev status`: counts as a person reads them."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from rich.console import Console

from local.stack.status import print_status, run_status
from tests.unit.local_stack.standing_app import standing_app

STATUS: dict[str, Any] = {
    "turns_processed": {"extracted": 12, "dead_lettered": 3, "trivial": 0, "gone": 0},
    "pending": 0,
    "work": {"threads": 0, "users": 0},
    "oldest_pending_seconds": None,
    "processed_per_minute": 2.4,
    "vanished_search_stopped": False,
}


def test_a_status_is_a_line_for_each_entry_without_what_there_is_none_of() -> None:
    output = io.StringIO()
    print_status(STATUS, Console(file=output, width=30, soft_wrap=True, highlight=False))
    assert output.getvalue().splitlines() == [
        "turns processed         extracted 12, dead lettered 3",
        "pending                 0",
        "work                    none",
        "oldest pending seconds  none",
        "processed per minute    2.4",
        "vanished search stopped no",
    ]


async def test_for_programs_it_is_the_apps_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(STATUS)

    routes = web.Application()
    routes.router.add_get("/status", answer)
    async with standing_app(tmp_path, routes):
        assert await run_status(tmp_path, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == STATUS
