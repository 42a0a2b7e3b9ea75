"""The app loads under azure-functions-durable 1.7.0 and its orchestrators take their first step.

Run in a process of its own: 1.7.0 is laid over the app's packages by the module path. Whether whole
orchestrations run there is not tested; the local host speaks the protocol of 2.x only.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
OVERLAY = next((ROOT / ".venv-durable1").glob("lib/python*/site-packages"), None)
BUILT_IN = {"BuiltIn__HttpActivity", "BuiltIn__HttpPollOrchestrator"}  # 2.x adds them to each app


def run(*module_path: Path) -> dict[str, Any]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, [*module_path, ROOT])),
        "COSMOS_DB_ENDPOINT": "http://127.0.0.1:1",
        "AI_FOUNDRY_ENDPOINT": "http://127.0.0.1:1/v1",
    }
    result = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("first_turns.py"))],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    assert OVERLAY, "azure-functions-durable 1.7.0 is not set up: run ./dev setup --dev"
    return run(OVERLAY)


def test_the_stable_line_indexes_the_same_functions(answer: dict[str, Any]) -> None:
    ours = run()
    assert (answer["version"], ours["version"]) == ("1.7.0", "2.0.0rc3")
    assert set(answer["triggers"]) == set(ours["triggers"]) - BUILT_IN


def test_the_stable_line_keeps_the_retry_of_the_change_feed(answer: dict[str, Any]) -> None:
    assert answer["retry"]["strategy"] == "exponential_backoff"
    assert answer["retry"]["max_retry_count"] == "-1"


def test_each_orchestrator_takes_its_first_step_on_the_stable_line(answer: dict[str, Any]) -> None:
    assert answer["turns"] == {
        "process_thread": ["plan_thread"],
        "extract_memories": ["extract_facts"],
        "summarize_thread": ["write_summary"],
        "extract_episodes": ["write_episodes"],
        "process_user": ["plan_profile"],
        "run_backfill": ["read_backfill_page"],
    }
