import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.e2e.running_stack import (
    ROOT,
    STACK,
    RunningStack,
    free_port_base,
    port_is_free,
    start_stack,
    wait_until,
)
from tests.long_run import but_for_long_runs


def ports_are_free(stack: RunningStack) -> bool:
    return all(port_is_free(stack.port_base + offset) for offset in range(3))


def up(data: Path, port_base: int) -> subprocess.CompletedProcess[str]:
    command = [*STACK, "up", "--json", "--data", str(data), "--port-base", str(port_base)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize("number", but_for_long_runs([signal.SIGINT, signal.SIGTERM]))
def test_a_signal_to_the_whole_group_ends_everything_in_order(
    tmp_path: Path, number: signal.Signals
) -> None:
    with start_stack(tmp_path / "data") as stack:
        servers = stack.servers()
        assert len(servers) == 3
        # What anybody on the machine sees in the list of processes.
        words = [word for server in servers for word in server.cmdline()]
        keys = (stack.ready["cosmos_key"], stack.ready["model_key"])
        assert not [word for word in words if any(key in word for key in keys)]
        assert "--no-local-settings" in words
        started = time.monotonic()
        stack.signal_group(number)
        assert stack.process.wait(timeout=15) == 0
        assert time.monotonic() - started < 10
        assert not any(server.is_running() for server in servers)
        assert ports_are_free(stack)
        assert [name for name in SERVERS if "Fatal Python error" in stack.log(name)] == []


SERVERS = ("cosmos", "model", "functions")


def test_after_a_kill_of_the_supervisor_everything_is_released_within_two_seconds(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with start_stack(data) as stack:
        servers = stack.servers()
        os.kill(stack.process.pid, signal.SIGKILL)
        stack.process.wait()
        assert wait_until(lambda: not any(map(runs, servers)), 5) < 2
        assert ports_are_free(stack)
    with start_stack(data, port_base=stack.port_base) as again:
        assert again.ready["cosmos_key"] == stack.ready["cosmos_key"]
        assert again.stop() == 0


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.long
def test_a_stack_whose_server_dies_says_which_and_how_to_go_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with start_stack(tmp_path / "data") as stack:
        (model,) = (server for server in stack.servers() if "local.model" in server.cmdline())
        model.kill()
        assert stack.process.wait(timeout=10) == 1
        assert ports_are_free(stack)
    told = capfd.readouterr().err
    assert "model ended by itself (signal 9)" in told
    assert told.endswith("The data stays: the same ./dev up goes on where it was.\n")


@pytest.mark.long
def test_two_stacks_do_not_share_a_folder_or_a_port(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with start_stack(data) as stack:
        same_folder = up(data, free_port_base())
        assert same_folder.returncode == 3
        assert f"process {stack.process.pid}" in same_folder.stderr
        assert str(data) in same_folder.stderr

        same_port = up(tmp_path / "other", stack.port_base + 2)
        assert same_port.returncode == 4
        assert f"port {stack.port_base + 2}" in same_port.stderr
        assert "--port-base" in same_port.stderr
        assert same_folder.stdout == same_port.stdout == ""

        assert stack.stop() == 0


def test_the_address_file_leads_a_shell_to_the_stack_and_a_signal_to_the_supervisor_ends_it(
    tmp_path: Path,
) -> None:
    with start_stack(tmp_path / "data") as stack:
        servers = stack.servers()
        script = (
            '. "$1"; printf "%s\\n" "$COSMOS_DB_ENDPOINT" "$COSMOS_DB_KEY" "$COSMOS_DB_DATABASE"'
        )
        script += ' "$AI_FOUNDRY_ENDPOINT" "$AI_FOUNDRY_API_KEY" "$MEMORY_FUNCTIONS_URL"'
        command = ["sh", "-c", script, "sh", stack.ready["env_file"]]
        said = subprocess.check_output(command, text=True).split()
        names = ("cosmos", "cosmos_key", "database", "model", "model_key", "functions")
        assert said == [stack.ready[name] for name in names]
        assert Path(stack.ready["env_file"]).stat().st_mode & 0o777 == 0o600
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{stack.ready['model']}/models")
        status = subprocess.run(
            [*STACK, "status", "--json", "--data", str(stack.data)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert '"pending": 0' in status.stdout
        os.kill(stack.process.pid, signal.SIGTERM)
        assert stack.process.wait(timeout=10) == 0
        assert not any(server.is_running() for server in servers)
