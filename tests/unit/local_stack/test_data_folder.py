import base64
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack.data_folder import hold_data_folder, refuse_unless_running
from local.stack.errors import StackError

HOLD = """
import sys
from pathlib import Path
from local.stack.data_folder import hold_data_folder
with hold_data_folder(Path(sys.argv[1])) as folder:
    folder.note_servers([int(pid) for pid in sys.argv[2:]])
    print("held", flush=True)
    sys.stdin.read()
"""
SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read()"]


def hold_elsewhere(folder: Path, *servers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(folder), *map(str, servers)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_folder_held_by_another_process_is_refused_and_the_process_named(tmp_path: Path) -> None:
    with hold_elsewhere(tmp_path) as holder:
        with pytest.raises(StackError) as caught, hold_data_folder(tmp_path):
            pass
        holder.communicate("")
    assert caught.value.exit_status == 3
    assert f"process {holder.pid}" in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_folder_is_free_again_after_its_holder_was_killed(tmp_path: Path) -> None:
    with hold_elsewhere(tmp_path) as holder:
        holder.kill()
    with pytest.raises(StackError, match="no stack runs on"):
        refuse_unless_running(tmp_path)
    with hold_data_folder(tmp_path):
        refuse_unless_running(tmp_path)


def test_servers_that_outlive_a_killed_stack_are_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE) as server:
        assert server.stdin is not None
        with hold_elsewhere(tmp_path, server.pid) as holder:
            holder.kill()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("local.stack.data_folder.ORPHANS_END_WITHIN", 0.2)
            with pytest.raises(StackError) as caught, hold_data_folder(tmp_path):
                pass
        assert caught.value.exit_status == 3
        assert str(server.pid) in str(caught.value)
        server.stdin.close()
    with hold_data_folder(tmp_path):
        pass


def test_keys_are_private_random_and_the_same_at_every_start(tmp_path: Path) -> None:
    with hold_data_folder(tmp_path / "a") as folder:
        keys = folder.load_keys()
        assert folder.load_keys() == keys
        assert (folder.path / "keys.json").stat().st_mode & 0o777 == 0o600
    with hold_data_folder(tmp_path / "b") as other:
        assert other.load_keys().cosmos != keys.cosmos
    assert len(base64.b64decode(keys.cosmos, validate=True)) == 64


def test_the_address_file_is_private(tmp_path: Path) -> None:
    with hold_data_folder(tmp_path) as folder:
        folder.write_env_file("export A='1'\n")
        folder.write_env_file("export A='2'\n")
        assert folder.env_file.read_text() == "export A='2'\n"
        assert folder.env_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["a file", "a file/below it"])
def test_a_path_that_cannot_be_a_folder_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").write_text("x")
    unusable = pytest.raises(StackError, match="cannot be used as the data folder")
    with unusable as caught, hold_data_folder(tmp_path / name):
        pass
    assert caught.value.exit_status == 2
