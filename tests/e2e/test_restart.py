"""A stack that is started again on its data folder goes on with its orchestrations."""

import json
import signal
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running_stack import RunningStack, start_stack, wait_until

INSTANCES = "/runtime/webhooks/durabletask"


def call(stack: RunningStack, method: str, path: str) -> Any:
    address = f"{stack.addresses.functions_host}{INSTANCES}{path}"
    request = urllib.request.Request(
        address, method=method, data=b"1" if method == "POST" else None
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read() or b"null")


def has_failed(stack: RunningStack) -> bool:
    return call(stack, "GET", "/instances/kept")["runtimeStatus"] == "Failed"


@pytest.mark.long
def test_orchestrations_of_before_a_kill_are_known_after_it(tmp_path: Path) -> None:
    """An orchestration of nobody's fails at once and touches nothing of the app's."""
    with start_stack(tmp_path / "data") as stack:
        call(stack, "POST", "/orchestrators/nobody/kept")
        wait_until(lambda: has_failed(stack), 20)
        stack.signal_group(signal.SIGKILL)
    with start_stack(tmp_path / "data") as stack:
        assert has_failed(stack)
        assert list((tmp_path / "data" / "functions").glob("*.sqlite3"))
