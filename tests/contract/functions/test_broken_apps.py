"""Apps that cannot run: the host says why, in words one can act on, and ends with status 5."""

import socket
from pathlib import Path

import pytest

from tests.contract.functions.harness import APPS, launch

APP_IN_ERROR = 5
PORT_IN_USE = 4


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("broken_import", ["Worker failed to index functions", "a_module_that_is_not_installed"]),
        ("broken_duplicate_name", ["twin", "unique function name"]),
        ("broken_parameter", ["cannot load the one function", "unbound"]),
        ("broken_setting", ["'clean_up' function is in error", "set the app setting CLEANUP_SCH"]),
        ("broken_schedule", ["'clean_up' function is in error", "minute '61'"]),
        ("broken_connection", ["'on_documents'", "NOWHERE__accountEndpoint"]),
        ("broken_host_json", ["host.json: not JSON, line"]),
        ("empty", ["No job functions found"]),
    ],
)
def test_an_app_that_cannot_run_is_refused_with_its_reason(app: str, said: list[str]) -> None:
    host = launch(APPS / app)
    assert host.wait(20) == APP_IN_ERROR, host.log
    assert [text for text in said if text not in host.log] == []


def test_a_folder_that_is_no_app_is_refused(tmp_path: Path) -> None:
    host = launch(tmp_path)
    assert host.wait(20) == APP_IN_ERROR
    assert "host.json: not found" in host.log


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        host = launch(APPS / "http", port=port)
        assert host.wait(20) == PORT_IN_USE
    assert len(host.lines) == 1
    assert f"127.0.0.1:{port}" in host.log
    assert "--port" in host.log
