import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.stack.demo.turns_file import Turn, read_turns_file
from tests.e2e.running_stack import ROOT, STACK

INTEGERS = {
    "turns_written",
    "turns_counted",
    "turns_processed",
    "pending",
    "dead_letters",
    "threads",
    "facts",
    "superseded_facts",
    "thread_summaries",
    "user_summaries",
    "episodes",
    "procedures",
    "rule_candidates",
    "chat_calls",
    "prompt_chars",
    "embedding_calls",
    "cosmos_requests",
}


def run_demo(temporary: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    temporary.mkdir(exist_ok=True)
    return subprocess.run(
        [*STACK, "demo", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def distinct_threads(turns: list[Turn]) -> int:
    return len({turn.thread for turn in turns})


def test_every_turn_of_the_sample_is_counted_and_processed(sample: Path, tmp_path: Path) -> None:
    turns = read_turns_file(sample)
    result = run_demo(tmp_path / "t", "--json")
    assert result.returncode == 0, result.stderr
    (line,) = result.stdout.splitlines()
    figures: dict[str, Any] = json.loads(line)

    assert set(figures) == INTEGERS | {"seconds"}
    assert all(type(figures[name]) is int for name in INTEGERS)
    assert figures["turns_written"] == len(turns)
    assert figures["turns_counted"] == len(turns)
    assert figures["turns_processed"] == len(turns)
    assert (figures["pending"], figures["dead_letters"]) == (0, 0)
    assert figures["threads"] == figures["thread_summaries"] == distinct_threads(turns)
    assert figures["user_summaries"] == len({turn.user_id for turn in turns})
    assert figures["facts"] >= len(turns) // 3
    assert 0 < figures["chat_calls"] <= len(turns)
    assert min(figures[name] for name in ("prompt_chars", "embedding_calls", "cosmos_requests")) > 0
    assert 0 < figures["seconds"] < 60

    assert f"turns written {len(turns)}/{len(turns)}, counted {len(turns)}" in result.stderr
    assert list((tmp_path / "t").iterdir()) == [], "the demo left something behind"


def test_a_person_reads_summaries_facts_and_a_profile(tmp_path: Path) -> None:
    turns = tmp_path / "turns.jsonl"
    texts = ["I live in Porto.", "I am allergic to peanuts.", "I moved to Braga."]
    lines = [{"user_id": "ana", "thread_id": "home", "role": "user", "content": t} for t in texts]
    turns.write_text("\n".join(map(json.dumps, lines)))
    result = run_demo(tmp_path / "t", "--turns", str(turns))
    assert result.returncode == 0, result.stderr
    for expected in ("ana", "home", "Facts", "allergic to peanuts", "Braga", "Profile"):
        assert expected in result.stdout
    assert "(no longer true, now: The user moved" in result.stdout
    assert " facts (1 more no longer true), " in result.stdout
    assert "3 turns written, 3 counted, 3 processed in 1 threads" in result.stdout


def test_a_broken_file_is_refused_before_anything_starts(tmp_path: Path) -> None:
    turns = tmp_path / "turns.jsonl"
    turns.write_text('{"user_id": "u", "thread_id": "t", "role": "user"}\n')
    result = run_demo(tmp_path / "t", "--json", "--turns", str(turns))
    assert result.returncode == 2
    assert result.stdout == ""
    assert f"{turns}:1: field 'content': is missing" in result.stderr
    assert list((tmp_path / "t").iterdir()) == []


@pytest.mark.long
def test_an_interrupted_demo_stops_everything_and_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*STACK, "demo", "--json"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        assert demo.stderr is not None
        said = iter(demo.stderr.readline, "")
        assert any("turns written" in line for line in said)
        servers = psutil.Process(demo.pid).children(recursive=True)
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(timeout=10) == 130
        assert demo.stdout is not None
        assert demo.stdout.read() == ""
    assert len(servers) == 3
    assert not any(server.is_running() for server in servers)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_an_app_that_does_not_start_makes_the_demo_fail_and_keep_its_logs(tmp_path: Path) -> None:
    result = run_demo(tmp_path / "t", "--json", FACT_EXTRACTION_EVERY_N="many")
    assert result.returncode == 1
    assert result.stdout == ""
    assert "functions ended by itself" in result.stderr
    assert "FACT_EXTRACTION_EVERY_N" in result.stderr
    (kept,) = (tmp_path / "t").iterdir()
    assert str(kept) in result.stderr
