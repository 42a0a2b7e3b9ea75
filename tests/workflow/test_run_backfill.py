import pytest

from tests.workflow.hub import Hub, Reply
from tests.workflow.scripts import OutageError, hub

JOB = {"backfill_id": "backfill:1", "retry": {"first_seconds": 2.0, "attempts": 3}}
DOWN = OutageError("the store is down")


def page(pause: float) -> Reply:
    return {"pause_seconds": pause, "turns": 5, "threads": 1}


def moments(ran: Hub) -> list[float]:
    return [call.at for call in ran.calls]


async def test_pages_are_read_at_the_pace_that_each_asks_for_until_the_last() -> None:
    ran = hub(read_backfill_page=[page(10), page(0), page(2), {"done": True}])
    await ran.run("run_backfill", JOB)
    assert moments(ran) == [0, 10, 10, 12]
    assert len(ran.histories) == 4


@pytest.mark.parametrize(("first_seconds", "pause"), [(2.0, 16), (0.25, 2), (30.0, 60)])
async def test_a_page_that_keeps_failing_is_tried_again_after_the_next_of_the_doubling_pauses(
    first_seconds: float, pause: float
) -> None:
    ran = hub(read_backfill_page=[DOWN, DOWN, DOWN, {"done": True}])
    await ran.run("run_backfill", {**JOB, "retry": {"first_seconds": first_seconds, "attempts": 3}})
    times = moments(ran)
    assert len(times) == 4
    assert times[3] == pytest.approx(times[2] + pause)


async def test_every_turn_of_a_backfill_decides_the_same_when_it_is_replayed() -> None:
    ran = hub(read_backfill_page=[page(3), DOWN, page(0), {"done": True}])
    await ran.run("run_backfill", JOB)
    for turn in ran.turns:
        assert await ran.replay(turn) == turn.actions
