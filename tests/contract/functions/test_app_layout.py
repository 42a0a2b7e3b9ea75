"""Apps in several files, functions that are switched off, and where the host listens."""

import json
import socket
import subprocess
import sys
from pathlib import Path

from tests.contract.functions.harness import APPS, launch


async def test_blueprints_and_a_package_named_shared_are_run_and_unlisted_functions_are_not() -> (
    None
):
    host = launch(APPS / "blueprints").wait_until_ready()
    try:
        assert (await host.call("GET", "/api/orders/7")).text == "order 7"
        assert (await host.call("GET", "/api/greet/Ada")).text == "hello Ada"
        assert (await host.call("GET", "/api/not-listed")).status == 404
        assert "Function 'off_here' is disabled by a setting." in host.log
        names = [each["name"] for each in (await host.call("GET", "/admin/functions")).json]
        assert sorted(names) == ["get_order", "say"]
    finally:
        host.stop()


def find_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def test_the_port_is_the_command_lines_else_that_of_local_settings(tmp_path: Path) -> None:
    port = find_free_port()
    write_app(tmp_path, port)
    host = launch(tmp_path, port=None).wait_until_ready()
    assert host.base_url == f"http://127.0.0.1:{port}"
    assert host.stop() == 0
    other = launch(tmp_path, port=0).wait_until_ready()
    assert other.base_url != f"http://127.0.0.1:{port}"
    assert other.stop() == 0


def write_app(folder: Path, port: int) -> None:
    local_settings = {"IsEncrypted": False, "Values": {}, "Host": {"LocalHttpPort": port}}
    (folder / "local.settings.json").write_text(json.dumps(local_settings))
    for name in ("host.json", "function_app.py"):
        (folder / name).write_text((APPS / "cors" / name).read_text())


async def test_an_async_generator_is_no_answer_and_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{ "version": "2.0" }')
    (tmp_path / "function_app.py").write_text(
        "import azure.functions as func\n"
        "app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)\n"
        "@app.route(route='stream')\n"
        "async def stream(req: func.HttpRequest):\n"
        "    yield 'a piece'\n"
        "@app.route(route='whole')\n"
        "async def whole(req: func.HttpRequest) -> str:\n"
        "    return 'whole'\n"
    )
    host = launch(tmp_path).wait_until_ready()
    try:
        assert (await host.call("GET", "/api/stream")).status == 500
        assert (await host.call("GET", "/api/whole")).text == "whole"
    finally:
        host.stop()


def test_a_host_whose_standard_input_was_closed_starts_as_any_other(tmp_path: Path) -> None:
    command = f"exec {sys.executable} -m local.functions --app {tmp_path} --port 0 <&-"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (ended.returncode, "host.json: not found" in ended.stderr) == (5, True)
