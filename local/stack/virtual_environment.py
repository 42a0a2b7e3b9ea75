"""Makes and re-uses the project's virtual environments from the hash-pinned requirements files.

Runs on a bare Python before anything is installed, so it uses the standard library only. An
environment carries a stamp that says what it was made from; a stamp that still fits makes the call
a matter of milliseconds. Whatever interrupts the work, a marker that outlives it has the next call
start from nothing, and a lock has two calls at once take turns.

    python -m local.stack.virtual_environment {local,dev,sdk,durable1,checkov}
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.stack.pip import Pip, SetupError

ROOT = Path(__file__).resolve().parents[2]
STAMP = "setup-stamp.json"
UNFINISHED = "setup-unfinished"
LOCK = "setup-lock"


@dataclass(frozen=True)
class Profile:
    """Which requirements go to which folder, and which other file holds all of them too."""

    folder: str
    requirements: str
    superset: str | None = None


PROFILES = {
    "local": Profile(".venv", "requirements-local.txt", superset="requirements-dev.txt"),
    "dev": Profile(".venv", "requirements-dev.txt"),
    "sdk": Profile(".venv-sdk", "requirements-sdk.txt"),
    "durable1": Profile(".venv-durable1", "requirements-durable1.txt"),
    "checkov": Profile(".venv-checkov", "requirements-checkov.txt"),
}


def made_here(folder: Path) -> dict[str, str]:
    """The part of a stamp that ties an environment to its place and to the Python that runs."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return {"folder": str(folder), "python": version}


def _locate(root: Path, profile: Profile) -> Path:
    """The profile's folder; one that is a link belongs where it points to."""
    return (root / profile.folder).resolve()


def expected_stamp(root: Path, folder: Path, requirements: str) -> dict[str, str]:
    """What the stamp of an environment made here and now from these requirements says."""
    digest = hashlib.sha256((root / requirements).read_bytes()).hexdigest()
    return made_here(folder) | {"requirements": requirements, "sha256": digest}


def read_stamp(folder: Path) -> dict[str, str] | None:
    """The stamp of an environment; None if there is none that can be read."""
    try:
        stamp: object = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {str(k): str(v) for k, v in stamp.items()} if isinstance(stamp, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # foreign JSON


def is_current(root: Path, profile: Profile) -> bool:
    """Whether the profile's environment can be used as it is."""
    folder = _locate(root, profile)
    if (folder / UNFINISHED).exists() or not os.access(folder / "bin" / "python", os.X_OK):
        return False
    stamp = read_stamp(folder)
    candidates = [profile.requirements] + ([profile.superset] if profile.superset else [])
    return any(stamp == expected_stamp(root, folder, name) for name in candidates)


def ensure(root: Path, profile: Profile) -> None:
    """Make the profile's environment current, waiting for another process that is at it.

    Raises SetupError when pip fails or the folder cannot be written.
    """
    if is_current(root, profile):
        return
    folder = _locate(root, profile)
    folder.mkdir(exist_ok=True)
    with _hold_lock(folder / LOCK) as lock:
        if not is_current(root, profile):
            _build(root, folder, _requirements_to_install(folder, profile), lock)


def _requirements_to_install(folder: Path, profile: Profile) -> str:
    """An environment that was made for development stays one, also when it is out of date."""
    stamp = read_stamp(folder)
    was_superset = stamp is not None and stamp.get("requirements") == profile.superset
    return profile.superset if was_superset and profile.superset else profile.requirements


def _build(root: Path, folder: Path, requirements: str, lock: int) -> None:
    started = time.monotonic()
    fresh = _must_start_over(folder)
    _say(
        f"Setting up {folder.name} from {requirements} ({'a minute or two' if fresh else 'update'})"
    )
    (folder / UNFINISHED).touch()
    if fresh:
        _clear(folder)
        venv.EnvBuilder(with_pip=True, symlinks=True).create(folder)
    Pip(folder, lock).install(root / requirements)
    stamp = expected_stamp(root, folder, requirements)
    (folder / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    (folder / UNFINISHED).unlink()
    _say(f"{folder.name} is ready ({time.monotonic() - started:.0f} s)")


def _must_start_over(folder: Path) -> bool:
    """True for a folder that is new, unfinished, moved, or made by another Python."""
    python = folder / "bin" / "python"
    if (folder / UNFINISHED).exists() or not os.access(python, os.X_OK):
        return True
    stamp = read_stamp(folder)
    here = made_here(folder)
    if stamp is not None:
        return any(stamp.get(key) != value for key, value in here.items())
    probe = [str(python), "-c", "import pip, sys; print('.'.join(map(str, sys.version_info[:3])))"]
    answer = subprocess.run(probe, capture_output=True, text=True, check=False)
    return answer.returncode != 0 or answer.stdout.strip() != here["python"]


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name in (LOCK, UNFINISHED):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@contextmanager
def _hold_lock(path: Path) -> Generator[int]:
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            _say(f"Waiting: process {file.read().strip() or '?'} is setting up {path.parent.name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield file.fileno()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # the one output of a command-line tool


def main(arguments: list[str]) -> int:
    """Make the named profiles current; the exit status for the shell."""
    try:
        for name in arguments:
            ensure(ROOT, PROFILES[name])
    except (SetupError, OSError) as error:
        _say(f"dev: {error}")
        return 1
    except KeyboardInterrupt:
        _say("dev: interrupted while setting up; the next run starts that over")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
