"""The workflows of GitHub: what they run is pinned, and a warning of Bicep fails them."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.project_files import ROOT, read

WORKFLOWS = sorted(path.name for path in (ROOT / ".github" / "workflows").glob("*.yml"))


def steps_of(name: str) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(read(f".github/workflows/{name}"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_by_its_commit(name: str) -> None:
    used = [step["uses"] for step in steps_of(name) if "uses" in step]
    assert used
    assert [each for each in used if not re.search(r"@[0-9a-f]{40}$", each)] == []


@pytest.mark.parametrize(
    ("command", "output", "status"),
    [
        ("build", "main.bicep(1,1) : Warning BCP037: no such property", 1),
        ("lint", "main.bicep(1,1) : Warning no-unused-params: x", 1),
        ("build", "main.bicep(1,1) : Error BCP018: expected", 1),
        ("build", "WARNING: A new Bicep release is available", 0),
    ],
)
def test_a_warning_of_either_command_fails_the_workflow(
    tmp_path: Path, command: str, output: str, status: int
) -> None:
    (script,) = [
        step["run"]
        for step in steps_of("infrastructure.yml")
        if step.get("name", "").startswith("Build and lint")
    ]
    az = tmp_path / "az"
    az.write_text(f"#!/bin/sh\n[ $2 != {command} ] || echo '{output}' >&2\n", encoding="utf-8")
    az.chmod(0o755)
    result = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False,
        capture_output=True,
        timeout=30,
    )
    assert (result.returncode != 0) == bool(status)
