"""The script `dev` as people run it: real shell, real pip, wheels from a folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHELL_ONLY = ("sh", "cat", "dirname", "uname", "readlink")


def run_dev(
    clone: Path, *arguments: str, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(clone / "dev"), *arguments],
        cwd=cwd or clone,
        env={**os.environ, "PYTHON": sys.executable, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def installed(clone: Path, folder: str = ".venv") -> set[str]:
    python = clone / folder / "bin" / "python"
    code = "import importlib.util as u, sys; print(*filter(u.find_spec, sys.argv[1:]))"
    command = [python, "-P", "-c", code, "needed", "tool", "other"]
    return set(subprocess.check_output(command, text=True).split())


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with a shell's helpers and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in SHELL_ONLY:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return str(folder)


def test_help_needs_nothing_and_lists_every_command(clone: Path, bare_path: str) -> None:
    result = run_dev(clone, "help", PATH=bare_path, PYTHON="")
    assert result.returncode == 0
    for command in ("demo", "up", "status", "test", "check", "setup", "lock", "help"):
        assert f"\n  {command} " in result.stdout
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("bench", "--help"),
        ("check", "-h"),
        ("lock", "--help"),
        ("setup", "--dev", "--help"),
        ("test", "-k", "one", "--help"),
    ],
)
def test_help_of_a_command_is_help_and_does_no_work(
    clone: Path, bare_path: str, words: tuple[str, ...]
) -> None:
    result = run_dev(clone, *words, PATH=bare_path, PYTHON="")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == run_dev(clone, "help").stdout
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("command", ["check", "lock"])
def test_a_command_that_takes_no_arguments_refuses_them(clone: Path, command: str) -> None:
    result = run_dev(clone, command, "--quick")
    assert (result.returncode, result.stderr) == (2, f"dev: {command} takes no arguments\n")
    assert not (clone / ".venv").exists()


def test_an_unknown_command_is_refused(clone: Path) -> None:
    result = run_dev(clone, "dmeo")
    assert result.returncode == 2
    assert "dmeo" in result.stderr


def test_without_a_python_one_sentence_says_what_to_install(clone: Path, bare_path: str) -> None:
    nowhere = str(clone / "nowhere")
    result = run_dev(clone, "setup", PATH=bare_path, PYTHON="", PYENV_ROOT=nowhere, HOME=nowhere)
    assert result.returncode == 1
    assert "Python 3.13" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.long
def test_a_python_in_a_pyenv_folder_is_found(clone: Path, bare_path: str, tmp_path: Path) -> None:
    versions = tmp_path / "pyenv" / "versions" / "3.13.99" / "bin"
    versions.mkdir(parents=True)
    (versions / "python").symlink_to(getattr(sys, "_base_executable", sys.executable))
    result = run_dev(clone, "setup", PATH=bare_path, PYTHON="", PYENV_ROOT=str(tmp_path / "pyenv"))
    assert result.returncode == 0, result.stderr
    assert installed(clone) == {"needed"}


@pytest.mark.long
def test_set_up_is_done_once_and_again_only_for_what_changed(
    clone: Path, wheels: dict[str, str], tmp_path: Path
) -> None:
    first = run_dev(clone, "setup", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert installed(clone) == {"needed"}
    assert first.stdout == ""
    assert "pip" not in first.stderr

    again = run_dev(clone, "setup")
    assert (again.returncode, again.stderr) == (0, "")

    more = run_dev(clone, "setup", "--dev")
    assert more.returncode == 0, more.stderr
    assert installed(clone) == {"needed", "tool"}
    assert installed(clone, ".venv-sdk") == {"other"}
    assert installed(clone, ".venv-durable1") == {"other"}
    assert run_dev(clone, "setup").stderr == ""

    (clone / "requirements-dev.txt").write_text(f"{wheels['options']}\n{wheels['tool']}\n")
    assert run_dev(clone, "setup", "--dev").returncode == 0
    assert installed(clone) == {"tool"}


@pytest.mark.long
def test_a_set_up_that_was_cut_off_starts_over(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / "setup-unfinished").touch()
    (clone / ".venv" / "half-installed").touch()
    assert run_dev(clone, "setup").returncode == 0
    assert not (clone / ".venv" / "half-installed").exists()
    assert installed(clone) == {"needed"}


@pytest.mark.long
def test_an_environment_that_was_moved_is_made_anew(clone: Path, tmp_path: Path) -> None:
    assert run_dev(clone, "setup").returncode == 0
    moved = clone.rename(tmp_path / "moved away")
    result = run_dev(moved, "setup")
    assert result.returncode == 0
    assert "Setting up .venv" in result.stderr
    assert str(moved) in (moved / ".venv" / "bin" / "pip").read_text()


@pytest.mark.long
def test_a_linked_environment_is_used_where_it_stands(clone: Path, tmp_path: Path) -> None:
    assert run_dev(clone, "setup").returncode == 0
    second = tmp_path / "second clone"
    shutil.copytree(clone, second, ignore=shutil.ignore_patterns(".venv"))
    (second / ".venv").symlink_to(clone / ".venv")
    result = run_dev(second, "setup")
    assert (result.returncode, result.stderr) == (0, "")
    assert run_dev(clone, "setup").stderr == ""


@pytest.mark.long
def test_an_environment_whose_python_is_gone_is_made_anew(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to(clone / "no-such-python")
    assert run_dev(clone, "setup").returncode == 0
    assert installed(clone) == {"needed"}


@pytest.mark.long
def test_two_set_ups_at_once_take_turns(clone: Path) -> None:
    commands = [[str(clone / "dev"), "setup"]] * 2
    environment = {**os.environ, "PYTHON": sys.executable}
    running = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        for command in commands
    ]
    said = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert sum("Setting up" in text for text in said) == 1
    assert installed(clone) == {"needed"}


@pytest.mark.long
def test_a_file_that_does_not_match_its_hash_stops_the_set_up(clone: Path) -> None:
    path = clone / "requirements-local.txt"
    path.write_text(path.read_text().replace("sha256:", "sha256:0000", 1)[:-5] + "\n")
    result = run_dev(clone, "setup")
    assert result.returncode == 1
    assert "pip install failed in .venv" in result.stderr
    assert (clone / ".venv" / "setup-unfinished").exists()
