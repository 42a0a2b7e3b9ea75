"""Histories of orchestrations name users and threads, so they do not stay for ever."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from local.stack.demo.turns_file import read_turns_file
from tests.e2e import store
from tests.e2e.running_stack import RunningStack, start_stack, wait_until


def instances(stack: RunningStack) -> list[dict[str, Any]]:
    host = stack.ready["functions"].removesuffix("/api")
    with urllib.request.urlopen(f"{host}/runtime/webhooks/durabletask/instances") as response:
        return json.load(response)


@pytest.mark.long
async def test_histories_that_ended_are_purged_and_nothing_runs_for_want_of_them(
    sample: Path, tmp_path: Path
) -> None:
    turns = read_turns_file(sample)
    with start_stack(tmp_path, MEMORY_HISTORY_SECONDS="3") as stack:
        await store.write_in_order(stack.addresses, turns, set())
        wait_until(lambda: bool(instances(stack)), 30)
        await store.settle(stack.addresses, len(turns))
        wait_until(lambda: not instances(stack), 60)
        status = await store.settle(stack.addresses, len(turns))
        assert (status.processed, status.pending) == (len(turns), 0)
