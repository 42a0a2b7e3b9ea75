"""The scan for turns that the trigger never saw, on hosts whose clocks are wrong."""

import pytest

from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, thread_state
from tests.unit.services.test_feed_lag import next_second

AHEAD = 86_400.0


async def sweep(app: MemoryApp, times: int = 1) -> None:
    for _ in range(times):
        await app.services.sweep.run()


async def arrived(app: MemoryApp) -> int:
    return (await thread_state(app)).arrived


@pytest.mark.parametrize("ahead", [600.0, AHEAD])
async def test_a_clock_that_is_ahead_hides_no_turn(app: MemoryApp, ahead: float) -> None:
    app.clock.advance(ahead)
    await sweep(app)
    await app.write(KEY, "1")
    await sweep(app)
    assert await arrived(app) == 1


async def test_one_look_by_a_clock_that_was_ahead_hides_no_turn(app: MemoryApp) -> None:
    app.clock.advance(AHEAD)
    await sweep(app)
    app.clock.advance(-AHEAD)
    await app.write(KEY, "1")
    app.clock.advance(app.settings.scan_grace_seconds + 5)
    await sweep(app)
    assert await arrived(app) == 1


async def test_a_turn_that_is_not_counted_makes_a_lag_whatever_a_clock_had_said(
    app: MemoryApp,
) -> None:
    app.clock.advance(AHEAD)
    await sweep(app)
    app.clock.advance(-AHEAD)
    await next_second()
    await app.write(KEY, "1")
    app.clock.advance(50)
    assert (await app.services.report_status.run())["feed_lag_seconds"] == pytest.approx(50, abs=10)
    await app.services.tell_backlog.run((await app.services.sweep.run()).open)
    [backlog] = app.telemetry.backlogs
    assert backlog.feed_lag == pytest.approx(50, abs=10)


async def test_a_mark_that_is_right_is_not_moved_back(app: MemoryApp) -> None:
    await sweep(app)
    first = await app.services.sweep.index.load_scan_mark()
    assert first.bounded(app.settings.scan_grace_seconds).until == pytest.approx(first.until, abs=1)
    assert first.counted_to == first.until
