"""`./dev rehearse`: what is ordered happens, and each turn is processed once all the same."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from local.stack.demo.turns_file import read_turns_file
from tests.e2e import store
from tests.e2e.running_stack import ROOT, STACK, RunningStack, start_stack, wait_until


def rehearse(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*STACK, "rehearse", *words, "--data", str(data)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@contextmanager
def second_host(stack: RunningStack, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [*STACK, "rehearse", "second-host", "--data", str(stack.data)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@pytest.mark.long
async def test_turns_are_processed_once_while_the_feed_is_split_shared_repeated_and_slow(
    sample: Path, tmp_path: Path
) -> None:
    turns = read_turns_file(sample)
    half = len(turns) // 2
    with start_stack(tmp_path / "data", "--tls") as stack:
        where = stack.addresses
        split = rehearse(stack.data, "split")
        assert split.returncode == 0, split.stderr
        assert split.stdout == "Partition 0 of memories_turns is now 1 and 2.\n"
        wait_until(lambda: "was split into" in stack.log("functions"), 20)
        slow = rehearse(
            stack.data, "delay", "--point", "before activity", "--milliseconds", "50", "--json"
        )
        assert json.loads(slow.stdout)["delays"] == {"before activity": 50}
        with second_host(stack, log := tmp_path / "second.log") as second:
            wait_until(lambda: "took the lease" in log.read_text(), 30)
            assert "--no-local-settings" in psutil.Process(second.pid).cmdline()
            await store.write_in_order(where, turns[:half], set())
            rehearse(stack.data, "redeliver", "--batches", "3", "--seed", "1")
            await store.write_in_order(where, turns[half:], set())
            status = await store.settle(where, len(turns))
        assert (status.pending, status.dead_letters) == (0, 0)
        assert await store.counts(where, "thread:") == store.expected_thread_counts(turns)
        assert await store.ledger(where) == store.once_each(turns)
        assert json.loads(rehearse(stack.data, "clear", "--json").stdout)["delays"] == {}


@pytest.mark.long
def test_an_order_without_a_stack_or_that_is_refused_says_what_to_do(tmp_path: Path) -> None:
    nothing = rehearse(tmp_path, "show")
    assert (nothing.returncode, "start it with ./dev up" in nothing.stderr) == (1, True)
    with start_stack(tmp_path) as stack:
        wrong = rehearse(stack.data, "crash", "--point", "noon")
        assert wrong.returncode == 1
        assert "'noon' is not a point; there are: before function" in wrong.stderr
        missing = rehearse(stack.data, "split", "--container", "nope")
        assert (missing.returncode, "'nope' does not exist" in missing.stderr) == (1, True)
    gone = rehearse(tmp_path, "drop")
    assert (gone.returncode, "no stack runs on" in gone.stderr) == (1, True)
