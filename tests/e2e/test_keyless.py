"""`up --keyless`: the app and its trigger get tokens as from a managed identity, and no key."""

import asyncio
import sys
from pathlib import Path

import pytest

from local.stack.demo.turns_file import read_turns_file
from tests.e2e import store
from tests.e2e.fresh_shell import in_a_fresh_shell
from tests.e2e.running_stack import ROOT, start_stack

TLS_CLIENT = str(ROOT / "tests" / "contract" / "cosmos" / "tls_client.py")


@pytest.mark.long
async def test_an_app_without_keys_turns_turns_into_memories(sample: Path, tmp_path: Path) -> None:
    turns = read_turns_file(sample)[:20]
    with start_stack(tmp_path, "--keyless", AZURE_CLIENT_ID="the caller's") as stack:
        where = stack.addresses
        (functions,) = (s for s in stack.servers() if "local.functions" in s.cmdline())
        told = functions.environ()
        assert told["COSMOS_DB__accountEndpoint"] == where.cosmos
        assert where.cosmos.startswith("https://")
        keys = {where.cosmos_key, where.model_key}
        assert not [name for name, value in told.items() if any(key in value for key in keys)]

        await store.write_in_order(where, turns, set())
        status = await store.settle(where, len(turns))
        assert (status.pending, status.dead_letters) == (0, 0)
        assert await store.ledger(where) == store.once_each(turns)
        assert len(await store.active_facts(where)) > len(turns) // 3

        for kind in ("aio", "sync"):
            command = (sys.executable, TLS_CLIENT, kind, where.cosmos, "")
            said = await asyncio.to_thread(in_a_fresh_shell, stack, *command)
            assert said.returncode == 0, f"{kind}: {said.stderr}"
        assert stack.stop() == 0
