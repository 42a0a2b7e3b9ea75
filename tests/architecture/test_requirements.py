"""requirements*.txt are what `./dev lock` makes of pyproject.toml; told without a network."""

import re
import tomllib
from typing import Any

import pytest

from tests.architecture.project_files import ROOT, read

GROUPS_OF = {
    "requirements.txt": ["app"],
    "requirements-local.txt": ["app", "local"],
    "requirements-dev.txt": ["app", "dev"],
    "requirements-sdk.txt": ["sdk"],
    "requirements-durable1.txt": ["durable1"],
    "requirements-checkov.txt": ["checkov"],
}
PIN = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)")


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(project: dict[str, Any], group: str) -> dict[str, str]:
    if group == "app":
        entries = project["project"]["dependencies"]
    else:
        entries = project["dependency-groups"][group]
    pins: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, dict):
            pins |= declared(project, entry["include-group"])
            continue
        match = PIN.match(entry)
        assert match, f"pyproject.toml: {entry!r} is not pinned with =="
        pins[normalise(match[1])] = match[2]
    return pins


def locked(name: str) -> dict[str, str]:
    matches = (PIN.match(line) for line in read(name).splitlines())
    return {normalise(match[1]): match[2] for match in matches if match}


@pytest.mark.parametrize("name", GROUPS_OF)
def test_every_pin_of_the_project_is_in_the_lock_file(name: str) -> None:
    project = tomllib.loads(read("pyproject.toml"))
    expected: dict[str, str] = {}
    for group in GROUPS_OF[name]:
        expected |= declared(project, group)
    found = locked(name)
    stale = {pin: version for pin, version in expected.items() if found.get(pin) != version}
    assert not stale, f"{name} is not what pyproject.toml says: run ./dev lock"


@pytest.mark.parametrize("name", GROUPS_OF)
def test_everything_in_a_lock_file_is_pinned_with_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", read(name).strip())
    loose = [entry for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry]
    assert not loose, loose[0][:100]


def test_the_sets_agree_on_the_versions_that_they_share() -> None:
    app, local, dev = (locked(f"requirements{part}.txt") for part in ("", "-local", "-dev"))
    assert app.items() <= local.items()
    assert local.items() <= dev.items()


def test_every_lock_file_has_a_declaration() -> None:
    assert {path.name for path in ROOT.glob("requirements*.txt")} == set(GROUPS_OF)
