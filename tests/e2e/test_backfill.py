"""`./dev backfill`: turns that are there already, and memories derived anew by the real stack."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from local.stack.demo.turns_file import read_turns_file
from tests.e2e import store
from tests.e2e.running_stack import ROOT, STACK, RunningStack, start_stack


def backfill(stack: RunningStack, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*STACK, "backfill", *words, "--data", str(stack.data)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--since", "yesterday"), "2026-07-01T12:00:00+02:00"),
        (("--cancel", "--reprocess"), "--cancel"),
        ((), "./dev up"),
    ],
)
def test_bad_requests_say_what_to_type(tmp_path: Path, words: tuple[str, ...], hint: str) -> None:
    command = [*STACK, "backfill", *words, "--data", str(tmp_path)]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert hint in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.long
async def test_a_conversation_is_derived_anew_and_its_memories_stay_the_same(
    sample: Path, tmp_path: Path
) -> None:
    turns = read_turns_file(sample)
    with start_stack(tmp_path, MEMORY_BACKFILL_TURNS_PER_MINUTE="60000") as stack:
        where = stack.addresses
        await store.write_in_order(where, turns, set())
        await store.settle(where, len(turns))
        first = backfill(stack, "--reprocess", "--json")
        assert first.returncode == 0, first.stderr
        assert json.loads(first.stdout)["turns"] == len(turns)
        await store.settle(where, len(turns))
        before = await store.active_facts(where)
        again = backfill(stack, "--reprocess")
        assert again.returncode == 0, again.stderr
        assert "done" in again.stdout
        status = await store.settle(where, len(turns))
        assert (status.pending, status.dead_letters) == (0, 0)
        assert await store.active_facts(where) == before
        times = await store.ledger(where)
        assert set(times.values()) == {3}
        assert await store.counts(where, "user:") == store.expected_user_counts(turns)
        text = "SELECT c.generation, c.turn_ids FROM c WHERE c.type = 'chunk'"
        chunks = await store.query(where, "counters", text)
        generations = Counter[int]()
        for chunk in chunks:
            generations[chunk["generation"]] += len(chunk["turn_ids"])
        assert generations == {0: len(turns), 1: len(turns), 2: len(turns)}
        cancelled = backfill(stack, "--cancel", "--json")
        assert json.loads(cancelled.stdout) == {"cancelled": 0}
