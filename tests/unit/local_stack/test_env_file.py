"""Whom the commands talk to: the stack that runs on the folder, and no other."""

from pathlib import Path

import pytest

from local.stack.data_folder import hold_data_folder
from local.stack.env_file import functions_url, read_env_file
from local.stack.errors import StackError

TEXT = "export MEMORY_FUNCTIONS_URL='http://127.0.0.1:1/api'\nexport KEY='it'\\''s'\n"


def test_the_addresses_of_a_running_stack_are_read(tmp_path: Path) -> None:
    with hold_data_folder(tmp_path) as folder:
        folder.write_env_file(TEXT)
        assert read_env_file(tmp_path)["KEY"] == "it's"
        assert functions_url(tmp_path) == "http://127.0.0.1:1/api"


def test_a_stack_that_has_stopped_is_not_taken_for_whoever_has_its_ports_now(
    tmp_path: Path,
) -> None:
    data = tmp_path / "a folder"
    with hold_data_folder(data) as folder:
        folder.write_env_file(TEXT)
    with pytest.raises(StackError) as caught:
        functions_url(data)
    assert str(caught.value).startswith(f"no stack runs on {data} now")
    assert str(caught.value).endswith(f"./dev up --data '{data}'")


def test_a_stack_that_starts_again_is_not_ready_while_only_the_last_ones_addresses_are_known(
    tmp_path: Path,
) -> None:
    with hold_data_folder(tmp_path) as folder:
        folder.write_env_file(TEXT)
    with hold_data_folder(tmp_path), pytest.raises(StackError, match="is not ready"):
        functions_url(tmp_path)


@pytest.mark.parametrize("name", ["", "never made", "a file"])
def test_a_folder_on_which_nothing_ever_ran_is_refused_and_not_made(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "a file").write_text("x")
    with pytest.raises(StackError, match="no stack runs on"):
        read_env_file(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]
