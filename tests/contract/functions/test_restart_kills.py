"""Hosts killed at random moments, again and again: every orchestration ends with the right result.

The seed is printed; RESTART_KILLS_SEED repeats a run's choices (the moments are the machine's).
"""

import asyncio
import os
import random
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.contract.functions.harness import APPS, HostProcess

EVENTS = 6
SIGNALS = 5
_PATIENCE = aiohttp.ClientTimeout(5)


class Orchestrations:
    """What was started and what each must come to."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.expected: dict[str, Any] = {}
        self.tallies: dict[str, int] = {}
        self.unsent: list[tuple[str, str, Any]] = []
        self._unanswered = ""

    def add(self, number: int) -> None:
        """Plan one of each kind."""
        counter = f"c{number % 3}"
        rounds = self._chance.randrange(2, 12)
        width = self._chance.randrange(1, 20)
        plans: list[tuple[str, Any, Any]] = [
            ("fan_out", width, width * (width - 1)),
            ("family", [2, 3, 0.3], 18),
            ("nap", self._chance.random() * 3, "awake"),
            ("collect", EVENTS, list(range(EVENTS))),
            ("eternal", {"round": 1, "last": rounds, "total": 0}, rounds * (rounds + 1)),
            ("tally", [counter, SIGNALS], None),
            ("critical", f"locked{number % 2}", None),
        ]
        for name, value, result in plans:
            instance_id = f"{name}-{number}"
            self.expected[instance_id] = result
            self.unsent.append((f"/api/start/{name}/{instance_id}", instance_id, value))
        for event in range(EVENTS):
            path = f"/runtime/webhooks/durabletask/instances/collect-{number}/raiseEvent/number"
            self.unsent.append((path, "", event))
        self.tallies[counter] = self.tallies.get(counter, 0) + SIGNALS + 1

    async def send(self, host: HostProcess) -> None:
        """Send what was not acknowledged yet, until all is or the host is gone.

        A start that had no answer is only repeated when it had no effect either: an instance that
        ended meanwhile would run once more.
        """
        while self.unsent:
            path, instance_id, value = self.unsent[0]
            try:
                if instance_id and instance_id == self._unanswered:
                    known = f"/runtime/webhooks/durabletask/instances/{instance_id}"
                    is_known = (await host.call("GET", known, timeout=_PATIENCE)).status != 404
                else:
                    is_known = False
                if not is_known:
                    self._unanswered = instance_id
                    reply = await host.call("POST", path, value, timeout=_PATIENCE)
                    # 410: an event of an instance that has ended since.
                    assert reply.status in {202, 410}, (path, reply.status, reply.text)
            except (aiohttp.ClientError, TimeoutError):
                return
            self.unsent.pop(0)


async def run_with_kills(data: Path, chance: random.Random, kills: int, per_round: int) -> None:
    orchestrations = Orchestrations(chance)
    number = 0
    for _ in range(kills):
        host = _launch(data).wait_until_ready()
        for _ in range(per_round):
            orchestrations.add(number)
            number += 1
        sending = asyncio.create_task(orchestrations.send(host))
        await asyncio.sleep(chance.random() * 1.2)
        host.kill()
        await sending
    host = _launch(data).wait_until_ready()
    try:
        await orchestrations.send(host)
        assert not orchestrations.unsent
        await check(host, orchestrations)
    finally:
        host.stop()


async def check(host: HostProcess, orchestrations: Orchestrations) -> None:
    values: dict[str, list[Any]] = {}
    for instance_id, expected in orchestrations.expected.items():
        status = await host.finish(instance_id, seconds=60)
        assert status["runtimeStatus"] == "Completed", (status, host.log)
        values.setdefault(instance_id.split("-")[0], []).append(status["output"])
        if expected is not None:
            assert status["output"] == expected, status
    for counter, count in orchestrations.tallies.items():
        assert (await host.call("GET", f"/api/entity/{counter}")).json == count
    # Each critical section saw the value that the one before it left.
    numbers = range(len(values["critical"]))
    expected = [*range(len(numbers[::2])), *range(len(numbers[1::2]))]
    assert sorted(values["critical"]) == sorted(expected)


def _launch(data: Path) -> HostProcess:
    app = str(APPS / "restart")
    return HostProcess("local.functions", "--app", app, "--port", "0", "--data", str(data))


def make_chance() -> random.Random:
    seed = int(os.environ.get("RESTART_KILLS_SEED") or time.time_ns() % 1_000_000)
    print(f"RESTART_KILLS_SEED={seed}")  # noqa: T201 - shown when the test fails
    return random.Random(seed)


@pytest.mark.long
async def test_orchestrations_survive_four_kills_at_random_moments(tmp_path: Path) -> None:
    await run_with_kills(tmp_path, make_chance(), kills=4, per_round=2)


@pytest.mark.long
async def test_orchestrations_survive_thirty_kills_at_random_moments(tmp_path: Path) -> None:
    await run_with_kills(tmp_path, make_chance(), kills=30, per_round=4)
