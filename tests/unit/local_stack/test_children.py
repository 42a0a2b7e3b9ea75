import os
import socket
from pathlib import Path

import aiohttp
import pytest

from local.stack.children import Child, ServerCommand
from local.stack.errors import StackError
from local.stack.ports import pick_free_ports


def model_on(port: int) -> ServerCommand:
    return ServerCommand("model", "local.model", ("--port", str(port)))


async def answers(port: int) -> bool:
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/_stats") as response,
        ):
            return response.status == 200
    except aiohttp.ClientError:
        return False


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_server_is_found_ready_and_stopped_and_keeps_its_last_log(tmp_path: Path) -> None:
    port = pick_free_ports().model
    for _ in range(2):
        child = await Child.start(model_on(port), os.environ, tmp_path)
        await child.wait_until_ready(lambda: answers(port))
        await child.stop()
        assert await child.ended() == 0
        assert not await answers(port)
    assert sorted(path.name for path in _files(tmp_path)) == ["model.log", "model.previous.log"]


async def test_a_server_that_cannot_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    command = ServerCommand("odd", "local.no_such_server", ())
    child = await Child.start(command, os.environ, tmp_path)
    with pytest.raises(StackError) as caught:
        await child.wait_until_ready(lambda: answers(1))
    assert "odd ended by itself (exit status 1)" in str(caught.value)
    assert "no_such_server" in str(caught.value)
    assert str(tmp_path / "odd.log") in str(caught.value)


async def test_an_app_that_is_stopped_by_its_settings_is_reported_with_those_alone(
    tmp_path: Path,
) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "host.json").write_text('{"version": "2.0"}')
    (app / "function_app.py").write_text(
        "class SettingsError(ValueError): pass\n"
        "raise SettingsError('these must be corrected:\\n  ONE: is no number\\n  TWO: is missing')"
    )
    command = ServerCommand("functions", "local.functions", ("--app", str(app), "--port", "0"))
    child = await Child.start(command, os.environ, tmp_path)
    with pytest.raises(StackError) as caught:
        await child.wait_until_ready(lambda: answers(1))
    first, *settings, last = str(caught.value).splitlines()
    assert first == "functions ended by itself (exit status 5)."
    assert settings == ["these must be corrected:", "  ONE: is no number", "  TWO: is missing"]
    assert "environment" in last
    assert last.endswith(str(tmp_path / "functions.log"))


async def test_a_server_whose_port_was_taken_meanwhile_ends_with_the_status_for_it(
    tmp_path: Path,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        child = await Child.start(model_on(taken.getsockname()[1]), os.environ, tmp_path)

        async def never() -> bool:
            return False

        with pytest.raises(StackError) as caught:
            await child.wait_until_ready(never)
    assert caught.value.exit_status == 4


async def test_a_server_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    port = pick_free_ports().model
    command = ServerCommand("model", "local.model", ("--port", str(port)), start_within=0.2)
    child = await Child.start(command, os.environ, tmp_path)

    async def never() -> bool:
        return False

    with pytest.raises(StackError, match="not ready after"):
        await child.wait_until_ready(never)
    await child.stop()
