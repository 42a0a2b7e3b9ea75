"""`./dev dead-letters`: what it asks the app for, and what it refuses to guess."""

import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web

from local.stack.dead_letters import DeadLetterOptions, run_dead_letters
from local.stack.errors import USAGE, StackError
from tests.unit.local_stack.standing_app import standing_app


def options(data: Path, action: str, *ids: str, everything: bool = False) -> DeadLetterOptions:
    return DeadLetterOptions(data, action, [*ids], None, everything, as_json=False)


@pytest.mark.parametrize(
    ("action", "ids", "hint"),
    [
        ("retry", (), "--user U or --all"),
        ("drop", (), "--user U or --all"),
        ("show", (), "show ID"),
        ("list", ("dead:1",), "show ID"),
    ],
)
async def test_what_is_left_open_is_refused_as_wrong_usage(
    tmp_path: Path, action: str, ids: tuple[str, ...], hint: str
) -> None:
    with pytest.raises(StackError, match=hint) as caught:
        await run_dead_letters(options(tmp_path, action, *ids))
    assert caught.value.exit_status == USAGE


def test_without_an_action_only_the_action_is_missing() -> None:
    command = [sys.executable, "-m", "local.stack", "dead-letters"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == USAGE
    assert ended.stderr.splitlines()[-1].endswith("the following arguments are required: action")


@pytest.mark.parametrize("action", ["retry", "drop"])
async def test_ids_that_no_letter_has_are_an_error_and_all_of_none_is_not(
    tmp_path: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def find_nothing(_: web.Request) -> web.Response:
        return web.json_response({"retried": 0, "not_retryable": 0, "threads": 0})

    routes = web.Application()
    routes.router.add_post(f"/dead-letters/{action}", find_nothing)
    async with standing_app(tmp_path, routes):
        with pytest.raises(StackError, match="there is no dead letter dead:1, typo: "):
            await run_dead_letters(options(tmp_path, action, "dead:1", "typo"))
        assert await run_dead_letters(options(tmp_path, action, everything=True)) == 0
    assert capsys.readouterr().out == "retried 0, not retryable 0, threads 0\n"
