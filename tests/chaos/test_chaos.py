"""Schedules of faults over the whole app: nothing is lost, nothing is done twice, nothing stays."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_chaos(folder: Path, *options: str) -> tuple[int, str, dict[str, Any]]:
    """The exit status, what was printed, and the last line of it."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--json", *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = result.stdout + result.stderr
    assert result.stdout, printed
    return result.returncode, printed, json.loads(result.stdout.splitlines()[-1])


def check_seeds(folder: Path, first: int, count: int) -> None:
    status, printed, sums = run_chaos(folder, "--first-seed", str(first), "--seeds", str(count))
    assert (sums["lost"], sums["duplicated"], sums["stuck"]) == (0, 0, 0), printed
    assert status == 0, printed
    assert sums["seeds"] == count
    assert sums["turns"] >= 20 * count
    assert sums["faults_injected"] >= 5 * count


def test_over_twenty_schedules_of_faults_every_turn_is_processed_once(
    tmp_path: Path,
) -> None:
    check_seeds(tmp_path, 1, 20)


@pytest.mark.long
def test_over_two_hundred_schedules_of_faults_every_turn_is_processed_once(
    tmp_path: Path,
) -> None:
    check_seeds(tmp_path, 21, 180)


@pytest.mark.long
def test_a_violation_is_counted_printed_and_ends_with_status_one(tmp_path: Path) -> None:
    status, printed, sums = run_chaos(tmp_path, "--seeds", "1", "--mutant", "no-close")
    assert status == 1
    assert sums["lost"] > 0
    assert "evidence in " in printed
