"""Fills a virtual environment from a hash-pinned requirements file, with pip kept quiet."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

LOG = "setup.log"


class SetupError(Exception):
    """An environment could not be made; the message says which, why and what to do."""


@dataclass(frozen=True)
class Pip:
    """The pip of one environment; `lock` is a descriptor that its processes inherit.

    A pip that outlives a killed set-up thereby keeps the lock, so that the next set-up does not
    start over beneath it.
    """

    folder: Path
    lock: int

    def install(self, requirements: Path) -> None:
        """Install exactly the pinned set and remove whatever else an older set left behind."""
        # The files are complete locks: there is nothing to resolve, so --no-deps is the whole set.
        self._run("install", "--require-hashes", "--no-deps", "-r", str(requirements))
        pinned = pinned_names(requirements.read_text(encoding="utf-8")) | {"pip"}
        installed = {normalise(entry["name"]) for entry in json.loads(self._run("list"))}
        if strays := sorted(installed - pinned):
            self._run("uninstall", "--yes", *strays)

    def _run(self, command: str, *arguments: str) -> str:
        python = str(self.folder / "bin" / "python")
        options = ["--disable-pip-version-check", "--no-input"]
        if command == "list":
            arguments = ("--format=json",)
        result = subprocess.run(
            [python, "-m", "pip", *options, command, *arguments],
            capture_output=True,
            text=True,
            check=False,
            pass_fds=(self.lock,),
        )
        log = self.folder / LOG
        log.write_text(f"{result.stdout}\n{result.stderr}", encoding="utf-8")
        if result.returncode != 0:
            tail = "\n".join(result.stderr.strip().splitlines()[-8:])
            raise SetupError(
                f"pip {command} failed in {self.folder.name} (all it said is in {log}):\n{tail}\n"
                "Check the network and the package index pip is configured for, then run again."
            )
        return result.stdout


def pinned_names(requirements: str) -> set[str]:
    """Normalised names of the distributions that a requirements file pins."""
    return {
        normalise(name) for name in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==", requirements, re.M)
    }


def normalise(name: str) -> str:
    """A distribution's name in the form in which PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()
