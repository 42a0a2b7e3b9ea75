import asyncio
import json
import time
import urllib.request
from typing import Any

import pytest

from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY

OTHER = ThreadKey(user_id="u2", thread_id="t2")


async def lag(app: MemoryApp) -> int:
    return (await app.services.report_status.run())["feed_lag_seconds"]


async def next_second() -> None:
    """The store stamps whole seconds: what is written now has another one than what was."""
    await asyncio.sleep(1.001 - time.time() % 1)


async def test_without_turns_there_is_no_lag(app: MemoryApp) -> None:
    assert await lag(app) == 0


async def test_a_turn_that_is_counted_makes_no_lag_however_old_it_grows(app: MemoryApp) -> None:
    await app.say(KEY, "I own a cat")
    app.clock.advance(1000)
    assert await lag(app) == 0


async def test_the_lag_grows_from_the_oldest_turn_that_nobody_has_counted(app: MemoryApp) -> None:
    await app.say(KEY, "I own a cat")
    await next_second()
    await app.write(OTHER, "I own a dog")
    await next_second()
    await app.write(KEY, "I own a fish")
    app.clock.advance(300)
    first = await lag(app)
    assert first == pytest.approx(300, abs=10)
    app.clock.advance(500)
    assert await lag(app) == first + 500


async def test_turns_written_before_anything_was_counted_make_a_lag(app: MemoryApp) -> None:
    await app.write(KEY, "I own a cat")
    app.clock.advance(50)
    assert await lag(app) == pytest.approx(50, abs=10)


async def test_the_lag_is_gone_once_the_turns_are_counted(app: MemoryApp) -> None:
    written = await app.write(KEY, "I own a cat", "I own a dog")
    app.clock.advance(50)
    assert await lag(app) > 0
    await app.services.count_turns.run(written)
    assert await lag(app) == 0


async def test_the_lag_is_gone_once_the_sweepers_scan_has_counted_the_turns(
    open_app: OpenApp,
) -> None:
    app = await open_app(MEMORY_SCAN_GRACE_SECONDS="10")
    await app.write(KEY, "I own a cat")
    app.clock.advance(60)
    assert await lag(app) > 0
    await app.services.sweep.run()
    assert await lag(app) == 0
    assert app.telemetry.counted == {"scan": 1}


async def test_an_update_of_a_counted_turn_makes_no_lag(app: MemoryApp) -> None:
    [turn] = await app.write(KEY, "I own a cat")
    await app.services.count_turns.run([turn])
    await next_second()
    await app.turns.upsert_item({**turn, "tags": ["topic:pets"]})
    app.clock.advance(100)
    assert await lag(app) == 0


async def test_a_turn_behind_many_updated_ones_is_still_seen(app: MemoryApp) -> None:
    turns = await app.write(KEY, *[f"I own cat {n}" for n in range(50)])
    await app.services.count_turns.run(turns)
    await next_second()
    for turn in turns:
        await app.turns.upsert_item({**turn, "tags": ["topic:pets"]})
    await next_second()
    await app.write(OTHER, "I own a dog")
    app.clock.advance(100)
    assert await lag(app) == pytest.approx(100, abs=10)


async def test_a_turn_that_no_partition_can_hold_does_not_count_as_waiting(app: MemoryApp) -> None:
    await app.write(ThreadKey(user_id="u" * 1000, thread_id="t" * 950), "I own a cat")
    app.clock.advance(100)
    assert await lag(app) == 0


async def test_a_turn_that_the_feed_has_passed_by_is_the_scans_and_no_lag(app: MemoryApp) -> None:
    await app.write(OTHER, "I own a dog")
    await next_second()
    await app.say(KEY, "I own a cat")
    app.clock.advance(60)
    assert await lag(app) == 0


async def test_a_partition_whose_feed_stands_still_is_seen_while_others_go_on(
    app: MemoryApp,
) -> None:
    split_partition(app, app.settings.turns_container)
    ranges = [dict(each) async for each in app.turns.read_feed_ranges()]
    assert len(ranges) == 2
    one, other = await find_threads(app, ranges)
    await app.write(one, "I own a dog")
    await next_second()
    await app.say(other, "I own a cat")
    app.clock.advance(60)
    assert await lag(app) == pytest.approx(60, abs=10)


def split_partition(app: MemoryApp, container: str) -> None:
    order = {"database": app.settings.database, "container": container}
    url = f"{app.cosmos.url.rstrip('/')}/_split"
    request = urllib.request.Request(url, json.dumps(order).encode(), method="POST")
    urllib.request.urlopen(request).close()


async def find_threads(app: MemoryApp, ranges: list[dict[str, Any]]) -> list[ThreadKey]:
    """A thread in each range."""
    found: dict[int, ThreadKey] = {}
    for n in range(50):
        key = ThreadKey(user_id=f"user-{n}", thread_id="t")
        place = await app.turns.feed_range_from_partition_key([key.user_id, key.thread_id])
        for index, each in enumerate(ranges):
            if await app.turns.is_feed_range_subset(each, place):
                found[index] = key
        if len(found) == len(ranges):
            break
    return [found[index] for index in range(len(ranges))]
