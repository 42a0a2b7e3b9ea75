"""Schedules of faults over the whole app: nothing is lost, nothing is done twice, nothing stays."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# Each of them strikes at least once; where there are several in a row, one of them.
STRIKES = [
    ["cosmos 429"],
    ["cosmos 401"],
    ["cosmos 403"],
    ["cosmos 408", "cosmos 449"],
    ["cosmos 500", "cosmos 503"],
    ["cosmos reset"],
    ["cosmos lose_reply"],
    ["cosmos delay"],
    ["model 429"],
    ["model 401", "model 403", "model 404", "model 500", "model 503"],
    ["model timeout"],
    ["model reset"],
    ["model delay"],
    ["model lose_reply"],
    ["model invalid_json"],
    ["model truncated"],
    ["model refusal"],
    ["model content_filter"],
    ["refused turn"],
    ["kill"],
    ["stop"],
    ["freeze"],
    ["crash at a point"],
    ["crash at a call"],
    ["data lost"],
    ["delay"],
    ["redeliver"],
    ["drop"],
    ["split"],
    ["update"],
    ["delete"],
    ["count elsewhere"],
    ["replace container"],
    ["backfill"],
    ["retry"],
]
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


def check_seeds(folder: Path, first: int, count: int) -> dict[str, int]:
    """How often each kind of fault has struck in seeds that show no violation."""
    status, printed, sums = run_chaos(folder, "--first-seed", str(first), "--seeds", str(count))
    assert (sums["lost"], sums["duplicated"], sums["stuck"]) == (0, 0, 0), printed
    assert status == 0, printed
    assert sums["seeds"] == count
    assert sums["turns"] >= 20 * count
    assert sums["faults_injected"] >= 5 * count
    struck: dict[str, int] = sums["faults_by_kind"]
    assert sum(struck.values()) == sums["faults_injected"]
    return struck


def test_over_twenty_schedules_of_faults_every_turn_is_processed_once(
    tmp_path: Path,
) -> None:
    check_seeds(tmp_path, 1, 20)


@pytest.mark.long
def test_over_two_hundred_schedules_of_faults_every_turn_is_processed_once(
    tmp_path: Path,
) -> None:
    struck = check_seeds(tmp_path, 21, 180)
    assert [kinds for kinds in STRIKES if not any(struck.get(kind) for kind in kinds)] == []
    named = {kind for kinds in STRIKES for kind in kinds}
    assert struck.keys() <= named, "a kind of fault that nobody misses when it strikes no more"


@pytest.mark.long
def test_a_violation_is_counted_printed_and_ends_with_status_one(tmp_path: Path) -> None:
    status, printed, sums = run_chaos(tmp_path, "--seeds", "1", "--mutant", "no-close")
    assert status == 1
    assert sums["lost"] > 0
    assert "evidence in " in printed
