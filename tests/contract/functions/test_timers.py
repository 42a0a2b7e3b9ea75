"""Timer triggers on a running host."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    app = APPS / "timers"
    running = launch(app, settings={"EVERY_SECOND": "* * * * * *"}).wait_until_ready()
    yield running
    running.stop()


async def test_timers_fire_on_schedule_and_never_overlap_themselves(host: HostProcess) -> None:
    async def has_run() -> bool:
        seen = (await host.call("GET", "/api/seen")).json
        return len(seen["ticks"]) >= 4 and len(seen["slow"]) >= 2

    await until(has_run)
    seen = (await host.call("GET", "/api/seen")).json
    assert not any(tick["past_due"] for tick in seen["ticks"])
    times = [tick["next"] for tick in seen["ticks"]]
    assert times == sorted(set(times))
    for (_, ended), (began, _) in pairwise(seen["slow"]):
        assert began >= ended


async def test_a_timer_may_run_at_start_up(host: HostProcess) -> None:
    assert (await host.call("GET", "/api/seen")).json["startups"] == [False]


async def test_a_failed_timer_is_retried_as_its_policy_says(host: HostProcess) -> None:
    assert (await host.call("GET", "/api/seen")).json["retries"] == [[0, 0], [1, 2], [2, 2]]
    assert host.log.count("no retry is left") == 1
