"""`up --tls`: the same work with Cosmos DB over https, for programs that know only the env file."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack.demo.turns_file import read_turns_file
from tests.e2e import store
from tests.e2e.fresh_shell import in_a_fresh_shell
from tests.e2e.running_stack import ROOT, STACK, start_stack

SDK_PYTHON = ROOT / ".venv-sdk" / "bin" / "python"
SDK_CLIENT = str(ROOT / "tests" / "e2e" / "inprocess_client.py")
TLS_CLIENT = str(ROOT / "tests" / "contract" / "cosmos" / "tls_client.py")


@pytest.mark.long
@pytest.mark.skipif(not SDK_PYTHON.exists(), reason="./dev setup --dev makes .venv-sdk")
async def test_turns_written_over_https_become_memories(sample: Path, tmp_path: Path) -> None:
    turns = read_turns_file(sample)
    with start_stack(tmp_path, "--tls") as stack:
        where = stack.addresses
        assert where.cosmos.startswith("https://127.0.0.1:")
        await store.write_in_order(where, turns, set())
        client = (str(SDK_PYTHON), SDK_CLIENT, "ana", "home", "I am allergic to peanuts.")
        said = await asyncio.to_thread(in_a_fresh_shell, stack, *client)
        assert said.returncode == 0, said.stderr[-2000:]

        status = await store.settle(where, len(turns) + 1)
        assert (status.pending, status.dead_letters) == (0, 0)
        recorded = await store.ledger(where)
        assert recorded.total() == len(turns) + 1
        assert not store.once_each(turns) - recorded
        facts = await store.active_facts(where)
        assert len(facts) > len(turns) // 3
        assert any(user == "ana" and "peanuts" in text for _, user, _, text in facts)
        assert stack.stop() == 0


@pytest.mark.long
def test_the_env_file_is_all_that_a_client_needs_before_and_after_a_restart(tmp_path: Path) -> None:
    with start_stack(tmp_path, "--tls") as stack:
        first = Path(stack.ready["ca_bundle"]).read_bytes()
        url, key = stack.ready["cosmos"], stack.ready["cosmos_key"]
        for kind in ("urllib", "requests", "aiohttp", "aio", "sync"):
            said = in_a_fresh_shell(stack, sys.executable, TLS_CLIENT, kind, url, key)
            assert said.returncode == 0, f"{kind}: {said.stderr}"

        asked = [*STACK, "status", "--json", "--data", str(tmp_path)]
        answer = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
        assert json.loads(answer.stdout)["pending"] == 0

        without = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
        command = [sys.executable, TLS_CLIENT, "urllib", url, key]
        refused = subprocess.run(
            command, cwd=ROOT, env=without, capture_output=True, text=True, check=False
        )
        assert "certificate verify failed" in refused.stderr
        assert stack.stop() == 0
    with start_stack(tmp_path, "--tls") as again:
        assert Path(again.ready["ca_bundle"]).read_bytes() == first
        assert again.stop() == 0


@pytest.mark.long
def test_a_folder_can_go_from_http_to_https_and_back(tmp_path: Path) -> None:
    for options in ((), ("--tls",), ()):
        with start_stack(tmp_path, *options) as stack:
            text = Path(stack.ready["env_file"]).read_text(encoding="utf-8")
            scheme = "https" if options else "http"
            assert f"export COSMOS_DB_ENDPOINT='{scheme}://127.0.0.1:" in text
            assert ("SSL_CERT_FILE" in text) == ("REQUESTS_CA_BUNDLE" in text) == bool(options)
            assert ("ca_bundle" in stack.ready) == bool(options)
            assert stack.stop() == 0


@pytest.mark.long
def test_the_demo_works_over_https_too(tmp_path: Path) -> None:
    turns = tmp_path / "turns.jsonl"
    turn = {"user_id": "ana", "thread_id": "home", "role": "user", "content": "I live in Porto."}
    turns.write_text(json.dumps(turn))
    command = [*STACK, "demo", "--tls", "--json", "--turns", str(turns)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["turns_processed"], figures["facts"]) == (1, 1)
    assert figures["cosmos_requests"] > 0
