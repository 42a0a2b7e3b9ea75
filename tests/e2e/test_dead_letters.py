"""`./dev dead-letters`: what an operator sees and does of turns that could not be processed."""

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from local.stack.demo.turns_file import Turn, read_turns_file
from tests.e2e import store
from tests.e2e.running_stack import ROOT, STACK, RunningStack, start_stack


def dead_letters(stack: RunningStack, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*STACK, "dead-letters", *words, "--data", str(stack.data)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def listed(stack: RunningStack) -> list[dict[str, Any]]:
    return json.loads(dead_letters(stack, "list", "--json").stdout)


def order_fault(stack: RunningStack, **fault: Any) -> None:
    url = stack.ready["model"].removesuffix("/v1").rstrip("/") + "/_faults"
    request = urllib.request.Request(url, json.dumps(fault).encode(), method="POST")
    urllib.request.urlopen(request).close()


@pytest.mark.long
async def test_a_refused_turn_is_listed_retried_and_then_processed(
    sample: Path, tmp_path: Path
) -> None:
    turns: list[Turn] = read_turns_file(sample)[1:2]
    with start_stack(tmp_path) as stack:
        where = stack.addresses
        none = dead_letters(stack, "list")
        assert (none.returncode, none.stdout.strip()) == (0, "No dead letters.")
        order_fault(stack, kind="content_filter", schema="ExtractMemories", count=1)
        await store.write_in_order(where, turns, set())
        status = await store.settle(where, 1)
        assert (status.pending, status.dead_letters) == (0, 1)

        [letter] = listed(stack)
        assert (letter["turn_id"], letter["reason"]) == (turns[0].id, "content_filter")
        shown = dead_letters(stack, "show", letter["id"])
        assert turns[0].id in shown.stdout
        assert letter["id"] in dead_letters(stack, "list").stdout
        assert turns[0].content not in shown.stdout

        retried = dead_letters(stack, "retry", letter["id"])
        assert retried.returncode == 0, retried.stderr
        assert "retried 1" in retried.stdout
        status = await store.settle(where, 1)
        assert (status.pending, status.dead_letters) == (0, 0)
        assert listed(stack) == []
        assert (await store.ledger(where))[turns[0].user_id, turns[0].thread_id, turns[0].id] == 2
        assert await store.active_facts(where)


@pytest.mark.long
async def test_dropped_letters_are_gone_and_bad_requests_say_what_to_type(
    sample: Path, tmp_path: Path
) -> None:
    turns = read_turns_file(sample)[1:2]
    with start_stack(tmp_path) as stack:
        order_fault(stack, kind="content_filter", schema="ExtractMemories", count=1)
        await store.write_in_order(stack.addresses, turns, set())
        await store.settle(stack.addresses, 1)
        for words, hint in (
            (("retry",), "--all"),
            (("drop", "--all", "--user", "ana"), "--all"),
            (("show",), "show ID"),
            (("show", "dead:0"), "there is no dead letter dead:0"),
            (("retry", "dead:0"), "there is no dead letter dead:0"),
        ):
            refused = dead_letters(stack, *words)
            assert refused.returncode != 0
            assert hint in refused.stderr
            assert "Traceback" not in refused.stderr
        assert len(listed(stack)) == 1
        dropped = dead_letters(stack, "drop", "--all", "--json")
        assert json.loads(dropped.stdout) == {"dropped": 1}
        assert listed(stack) == []
