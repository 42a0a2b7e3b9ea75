"""How the server's process starts and ends."""

import signal
import subprocess
import sys
import time

import aiohttp
import pytest
from openai import AsyncOpenAI

from tests.contract.model.chat_calls import complete, turns_prompt
from tests.contract.model.server_process import KEY, ROOT, run_server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(number: signal.Signals) -> None:
    with run_server() as running:
        running.process.send_signal(number)
        assert running.process.wait(timeout=2) == 0


async def test_a_signal_ends_it_also_while_a_call_hangs() -> None:
    with run_server() as running:
        async with aiohttp.ClientSession(running.url) as session:
            await session.post("/_faults", json={"kind": "timeout", "operation": "embeddings"})
            with pytest.raises((aiohttp.ClientError, TimeoutError)):
                await session.post(
                    "/v1/embeddings",
                    json={"model": "m", "input": "x"},
                    timeout=aiohttp.ClientTimeout(0.2),
                )
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(timeout=2) == 0


def test_it_ends_with_its_parent_when_told_so() -> None:
    with run_server("--exit-with-parent") as running:
        assert running.process.stdin is not None
        running.process.stdin.close()
        assert running.process.wait(timeout=2) == 0


def test_a_port_in_use_is_told_in_one_line() -> None:
    with run_server() as running:
        second = subprocess.run(
            [sys.executable, "-m", "local.model", "--port", str(running.port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert second.returncode == 4
    (line,) = second.stderr.strip().splitlines()
    assert str(running.port) in line
    assert "--port" in line


async def test_what_users_say_and_the_key_reach_no_log() -> None:
    with run_server("--key", KEY) as running:
        async with AsyncOpenAI(base_url=f"{running.url}/v1", api_key=KEY) as client:
            await complete(client, turns_prompt("I adopted the cat Zanzibar."))
        running.process.terminate()
        running.process.wait(timeout=2)
        assert running.process.stderr is not None
        log = running.process.stderr.read().decode()
    assert "Zanzibar" not in log
    assert KEY not in log


async def test_calls_are_answered_fast() -> None:
    prompt = turns_prompt(*["I like green tea. I moved to Oslo last week, and I love it."] * 20)
    with run_server() as running:
        async with AsyncOpenAI(base_url=f"{running.url}/v1", api_key="any") as client:
            await complete(client, prompt)
            started = time.monotonic()
            for _ in range(20):
                await complete(client, prompt)
            assert (time.monotonic() - started) / 20 < 0.5
