"""An in-process client of the public SDK and the app meet on the same counters."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from local.stack.demo.turns_file import Turn
from tests.e2e import store
from tests.e2e.running_stack import ROOT, RunningStack, start_stack

SDK_PYTHON = ROOT / ".venv-sdk" / "bin" / "python"
WARNING = "was last written by owner 'inprocess'"


def say(number: int) -> Turn:
    """One turn of an ordinary agent."""
    return Turn(
        id=f"turn-{number:02}",
        user_id="ana",
        thread_id="home",
        role="user",
        content=f"My favourite number is {number}.",
    )


def run_sdk_client(stack: RunningStack, *texts: str) -> None:
    environment = {
        **os.environ,
        "COSMOS_DB_ENDPOINT": stack.ready["cosmos"],
        "COSMOS_DB_KEY": stack.ready["cosmos_key"],
        "COSMOS_DB_DATABASE": stack.ready["database"],
        "AI_FOUNDRY_ENDPOINT": stack.ready["model"],
        "AI_FOUNDRY_API_KEY": stack.ready["model_key"],
        "MEMORY_PROCESSOR_OWNER": "inprocess",
    }
    script = str(ROOT / "tests" / "e2e" / "inprocess_client.py")
    command = [str(SDK_PYTHON), script, "ana", "home", *texts]
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stderr[-2000:]


@pytest.mark.long
@pytest.mark.skipif(not SDK_PYTHON.exists(), reason="./dev setup --dev makes .venv-sdk")
async def test_beside_an_in_process_client_nothing_is_lost_and_one_warning_is_logged(
    tmp_path: Path,
) -> None:
    turns = [say(number) for number in range(12)]
    with start_stack(tmp_path) as stack:
        where = stack.addresses
        await store.write_in_order(where, turns[:6], set())
        await store.settle(where, 6)

        theirs = [f"I work from office number {number}." for number in range(5)]
        await asyncio.to_thread(run_sdk_client, stack, *theirs)
        await store.write_in_order(where, turns[6:], set())
        status = await store.settle(where, len(turns) + len(theirs))

        written = await store.query(where, "turns", "SELECT VALUE c.id FROM c")
        assert len(written) == len(turns) + len(theirs)
        assert (status.pending, status.dead_letters) == (0, 0)
        assert await store.counts(where, "thread:") == {"thread:ana:home": len(written)}
        assert await store.counts(where, "user:") == {"user:ana": len(written)}
        recorded = await store.ledger(where)
        assert recorded == {("ana", "home", turn_id): 1 for turn_id in written}
        assert stack.stop() == 0
        assert stack.log("functions").count(WARNING) == 1
