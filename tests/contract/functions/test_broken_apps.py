"""Apps that cannot run: the host says why, in words one can act on, and ends with status 5."""

import socket
from pathlib import Path

import pytest

from tests.contract.functions.harness import APPS, launch
from tests.long_run import but_for_long_runs

APP_IN_ERROR = 5
PORT_IN_USE = 4
# Each with words that its refusal holds.
BROKEN = [
    ("broken_import", ["Worker failed to index functions", "a_module_that_is_not_installed"]),
    ("broken_duplicate_name", ["twin", "unique function name"]),
    ("broken_parameter", ["cannot load the one function", "unbound"]),
    ("broken_setting", ["'clean_up' function is in error", "set the app setting CLEANUP_SCH"]),
    ("broken_schedule", ["'clean_up' function is in error", "minute '61'"]),
    ("broken_connection", ["'on_documents'", "NOWHERE__accountEndpoint"]),
    ("broken_host_json", ["host.json: not JSON, line"]),
    ("empty", ["No job functions found"]),
    ("broken_duplicate_route", ["'two'", "/api/same", "that of 'one'"]),
    ("broken_reserved_route", ["'users'", "conflicts with one or more built in routes"]),
    ("broken_queue_trigger", ["'on_order'", "no queueTrigger", "AzureWebJobs.on_order.Disa"]),
    ("broken_output_binding", ["'take_order'", "no queue binding ('message')"]),
    ("broken_no_trigger", ["Function idle does not have a trigger"]),
    ("broken_two_triggers", ["A trigger was already registered to this function"]),
    ("broken_binding_name", ["cannot load the clean_up function", "{'timer'}"]),
    ("broken_model_1", ["http_example", "first Python programming model"]),
    ("broken_version_1", ['"version" must be "2.0" and is \'1.0\'']),
    ("broken_timeout", ["functionTimeout '5 minutes'"]),
    ("broken_log_level", ["logLevel 'Loud' of Function"]),
    ("broken_encrypted_settings", ["IsEncrypted is true", "func settings decrypt"]),
    ("broken_cors", ["CORSCredentials needs named origins"]),
]


@pytest.mark.parametrize(("app", "said"), but_for_long_runs(BROKEN, quick=6))
def test_an_app_that_cannot_run_is_refused_with_its_reason(app: str, said: list[str]) -> None:
    host = launch(APPS / app)
    assert host.wait(20) == APP_IN_ERROR, host.log
    assert [text for text in said if text not in host.log] == []


def test_a_syntax_error_is_shown_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{ "version": "2.0" }')
    (tmp_path / "function_app.py").write_text("import logging\n\ndef broken(:\n")
    host = launch(tmp_path)
    assert host.wait(20) == APP_IN_ERROR
    assert "Worker failed to index functions" in host.log
    assert "SyntaxError: invalid syntax" in host.log
    assert "line 3" in host.log


def test_an_app_that_exits_while_it_is_imported_is_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{ "version": "2.0" }')
    (tmp_path / "function_app.py").write_text("import sys\n\nsys.exit(3)\n")
    host = launch(tmp_path)
    assert host.wait(20) == APP_IN_ERROR
    assert "Worker failed to index functions" in host.log
    assert "SystemExit: 3" in host.log
    assert 'function_app.py", line 3' in host.log


@pytest.mark.parametrize("name", ["host.json", "local.settings.json"])
def test_a_file_that_is_no_utf_8_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "host.json").write_text('{ "version": "2.0" }')
    (tmp_path / "function_app.py").write_text("")
    (tmp_path / name).write_bytes(b'{ "version": "\xff" }')
    host = launch(tmp_path)
    assert host.wait(20) == APP_IN_ERROR
    assert f"{name}: not JSON in UTF-8" in host.log
    assert "Traceback" not in host.log


def test_a_folder_without_function_app_is_refused(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{ "version": "2.0" }')
    host = launch(tmp_path)
    assert host.wait(20) == APP_IN_ERROR
    assert "No job functions found" in host.log
    assert "function_app.py" in host.log


def test_an_app_that_wants_http_streaming_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{ "version": "2.0" }')
    (tmp_path / "function_app.py").write_text(
        "import azurefunctions.extensions.http.fastapi as streaming\n"
    )
    host = launch(tmp_path)
    assert host.wait(20) == APP_IN_ERROR
    assert "azurefunctions" in host.log


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
