"""--watch: an app that is edited is loaded anew, on the same port, without losing a request."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return Path(shutil.copytree(APPS / "watch", tmp_path / "app"))


@pytest.fixture
def host(app: Path) -> Iterator[HostProcess]:
    running = launch(app, "--watch").wait_until_ready()
    yield running
    if running.process.poll() is None:
        running.stop()


def say(app: Path, word: str) -> None:
    (app / "words.py").write_text(f'WORD = "{word}"\n')


async def wait_for_word(host: HostProcess, word: str) -> None:
    async def is_said() -> bool:
        reply = await host.call("GET", "/api/word")
        return reply.status == 200 and reply.text == word

    await until(is_said)


async def test_an_edit_is_served_on_the_same_port_and_no_request_is_refused(
    host: HostProcess, app: Path
) -> None:
    await wait_for_word(host, "first")
    say(app, "second")
    replies: list[tuple[int, str]] = []

    async def is_another_word() -> bool:
        reply = await host.call("GET", "/api/word")
        replies.append((reply.status, reply.text))
        return reply.text != "first"

    await until(is_another_word)
    assert {status for status, _ in replies} == {200}
    assert replies[-1][1] == "second"
    await until(lambda: "Changed: words.py. Starting again." in host.log)


@pytest.mark.long
async def test_requests_under_way_end_before_the_app_is_loaded_anew(
    host: HostProcess, app: Path
) -> None:
    slow = asyncio.create_task(host.call("GET", "/api/slow"))
    await wait_for_word(host, "first")
    say(app, "second")
    await wait_for_word(host, "second")
    assert (await slow).text == "first"


async def test_a_broken_edit_is_shown_answered_503_and_mended_by_the_next(
    host: HostProcess, app: Path
) -> None:
    say(app, '" + nothing + "')

    async def is_unavailable() -> bool:
        return (await host.call("GET", "/api/word")).status == 503

    await until(is_unavailable)
    await until(lambda: "The host ended (status 5)." in host.log)
    assert "Worker failed to index functions" in host.log
    assert "NameError" in host.log
    say(app, "mended")
    await wait_for_word(host, "mended")


@pytest.mark.long
async def test_an_app_that_is_broken_from_the_start_waits_for_its_edit(app: Path) -> None:
    (app / "host.json").write_text("{")
    host = launch(app, "--watch")
    host.wait_for_line("host.json: not JSON")
    host.wait_for_line("It starts again when a source file changes")
    (app / "host.json").write_text('{ "version": "2.0" }')
    host.wait_until_ready()
    await wait_for_word(host, "first")
    assert host.stop() == 0


@pytest.mark.long
async def test_new_folders_count_and_data_environments_and_hidden_folders_do_not(
    app: Path, tmp_path: Path
) -> None:
    data = app / "data"
    host = launch(app, "--watch", "--data", str(data)).wait_until_ready()
    try:
        before = (await host.call("GET", "/api/process")).text
        add_files(app)
        # Were one of those a reason, it would be named with the one that is.
        package = app / "package"
        package.mkdir()
        (package / "module.py").write_text("NUMBER = 1\n")
        host.wait_for_line(r"Changed: package/module.py\. Starting again")
        (package / "module.py").write_text("NUMBER = 22\n")

        async def is_another_process() -> bool:
            reply = await host.call("GET", "/api/process")
            return reply.status == 200 and reply.text != before

        await until(is_another_process)
        changes = [line for line in host.lines if "Changed:" in line]
        assert {line.split("Changed: ")[1] for line in changes} == {
            "package/module.py. Starting again."
        }
    finally:
        assert host.stop() == 0


def add_files(app: Path) -> None:
    for folder in (".venv", ".git", "__pycache__", ".local", "data", "environment"):
        (app / folder).mkdir(exist_ok=True)
    (app / "environment" / "pyvenv.cfg").write_text("")
    for folder in (".venv", ".git", "__pycache__", ".local", "data", "environment"):
        (app / folder / "module.py").write_text("NUMBER = 1\n")
    (app / "notes.txt").write_text("no source")


@pytest.mark.long
async def test_a_folder_that_goes_and_comes_back_is_followed(app: Path) -> None:
    package = app / "package"
    package.mkdir()
    (package / "module.py").write_text("NUMBER = 1\n")
    host = launch(app, "--watch").wait_until_ready()
    try:
        shutil.rmtree(package)
        host.wait_for_line(r"Changed: package/module\.py")
        package.mkdir()
        (package / "other.py").write_text("NUMBER = 2\n")
        host.wait_for_line(r"Changed: package/other\.py")
        say(app, "still here")
        await wait_for_word(host, "still here")
    finally:
        assert host.stop() == 0


@pytest.mark.long
async def test_a_host_that_is_killed_is_started_by_the_next_change(
    host: HostProcess, app: Path
) -> None:
    os.kill(int((await host.call("GET", "/api/process")).text), signal.SIGKILL)
    host.wait_for_line(r"The host ended \(signal 9\)")
    say(app, "again")
    await wait_for_word(host, "again")


@pytest.mark.long
async def test_what_no_edit_can_mend_ends_the_supervisor_too(app: Path, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    first = launch(app, "--watch", "--data", data).wait_until_ready()
    try:
        second = launch(app, "--watch", "--data", data)
        assert second.wait(30) == 3
        assert "in use by process" in second.log
        port = int(first.base_url.rpartition(":")[2])
        third = launch(app, "--watch", port=port)
        assert third.wait(30) == 4
    finally:
        assert first.stop() == 0


async def test_stopping_the_supervisor_ends_the_host_too(host: HostProcess) -> None:
    pid = int((await host.call("GET", "/api/process")).text)
    assert await asyncio.to_thread(host.stop) == 0
    await until(lambda: not psutil.pid_exists(pid))


async def test_a_supervisor_that_is_killed_takes_the_host_with_it(host: HostProcess) -> None:
    pid = int((await host.call("GET", "/api/process")).text)
    host.kill()
    await until(lambda: not psutil.pid_exists(pid))
