"""Timer triggers on a running host."""

import time
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
    seconds = [int(tick["at"]) for tick in seen["ticks"]]
    assert seconds == sorted(set(seconds))
    # More often than once a minute: missed runs are not looked for, and there is no status.
    assert {str(tick["status"]) for tick in seen["ticks"]} == {"{}"}
    for (_, ended), (began, _) in pairwise(seen["slow"]):
        assert began >= ended


async def test_a_timer_may_run_at_start_up(host: HostProcess) -> None:
    (seen,) = (await host.call("GET", "/api/seen")).json["startups"]
    assert seen["past_due"] is False
    assert seen["status"]["Last"].startswith("0001-01-01T00:00:00")
    assert "-01-01T00:00:00" in seen["status"]["Next"]


async def test_a_failed_timer_is_retried_as_its_policy_says(host: HostProcess) -> None:
    assert (await host.call("GET", "/api/seen")).json["retries"] == [[0, 0], [1, 2], [2, 2]]
    assert host.log.count("no retry is left") == 1


def test_a_run_under_way_ends_before_the_host_does() -> None:
    settings = {"EVERY_SECOND": "* * * * * *"}
    host = launch(APPS / "timers", "--drain-seconds", "5", settings=settings).wait_until_ready()
    host.wait_for_line("slow began")
    assert host.stop() == 0
    assert host.log.count("slow began") == host.log.count("slow ended") == 1


def test_a_retry_that_is_due_later_is_not_waited_for() -> None:
    settings = {"EVERY_SECOND": "* * * * * *"}
    host = launch(APPS / "timers", "--drain-seconds", "9", settings=settings).wait_until_ready()
    host.wait_for_line("'stubborn' failed; that was attempt 1 and it will be retried")
    began = time.monotonic()
    assert host.stop() == 0
    assert time.monotonic() - began < 6
