"""The walk finds turns that were deleted, and takes nothing else for one."""

import pytest

from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn
from tests.fakes.chat_model import EXTRACT
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, fact_contents, thread_state

DAY = 86_400
ONLY_FACTS = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 0,
    "USER_SUMMARY_EVERY_N": 0,
    "MEMORY_VANISHED_LIMIT": 1,
}


async def open_with_facts(open_app: OpenApp, *contents: str, **settings: object) -> MemoryApp:
    app = await open_app(**{**ONLY_FACTS, **settings})
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    if contents:
        await app.say(KEY, *contents)
        await ThreadRun(app).finish()
    return app


async def delete(app: MemoryApp, *turn_ids: str, key: ThreadKey = KEY) -> None:
    for turn_id in turn_ids:
        await app.turns.delete_item(turn_id, partition_key=[key.user_id, key.thread_id])


async def look(app: MemoryApp, times: int = 1, after: float = 130.0) -> None:
    """Let the sweeper look, and time pass after it."""
    for _ in range(times):
        await app.services.find_vanished.run()
        app.clock.advance(after)


async def notes(app: MemoryApp) -> list[Document]:
    return await app.find(app.counters, "c.type = 'vanished_turns'")


async def test_a_deleted_turn_is_forgotten_at_the_second_look(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app, "I own a cat", "I own a dog")
    await delete(app, "turn-2")
    await look(app)
    assert len(await fact_contents(app)) == 2, "one look may be at a replica that lags behind"
    await look(app)
    assert await fact_contents(app) == {"Said: I own a cat"}
    assert (await thread_state(app)).vanished == 1
    await look(app)
    assert await notes(app) == []


async def test_a_turn_that_is_back_at_the_second_look_is_left_alone(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app, "I own a cat", "I own a dog")
    turn = await app.read(app.turns, "turn-2", KEY)
    await delete(app, "turn-2")
    await look(app)
    await app.turns.upsert_item(turn)
    await look(app)
    assert len(await fact_contents(app)) == 2
    assert await notes(app) == []


async def test_an_expired_turn_leaves_its_memories(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app)
    await app.say(KEY, "I own a cat", ttl=1000)
    await app.say(KEY, "I own a dog", ttl=100_000)
    await ThreadRun(app).finish()
    await delete(app, "turn-1", "turn-2")
    app.clock.advance(1001)  # the first is past its time, the second well before
    await look(app, 3)
    assert await fact_contents(app) == {"Said: I own a cat"}


async def test_a_turn_without_a_lifetime_of_its_own_has_the_containers(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app, "I own a cat")
    await delete(app, "turn-1")
    app.clock.advance(31 * DAY)
    await look(app, 3)
    assert len(await fact_contents(app)) == 1


async def test_a_lifetime_that_was_cut_short_later_counts(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app, "I own a cat", "I own a dog")
    for name in ("turn-1", "turn-2"):
        turn = await app.read(app.turns, name, KEY)
        shorter = {**turn, "ttl": 3000 if name == "turn-1" else 3 * DAY}
        stored = await app.turns.upsert_item(shorter)
        # A second later by the server's clock, as an update is.
        await app.services.count_turns.run([{**stored, "_ts": stored["_ts"] + 1}])
    await delete(app, "turn-1", "turn-2")
    app.clock.advance(DAY)
    await look(app, 3)
    assert await fact_contents(app) == {"Said: I own a cat"}
    assert (await thread_state(app)).arrived == 2


async def test_an_update_that_changes_no_expiry_to_speak_of_costs_no_write(
    open_app: OpenApp,
) -> None:
    app = await open_with_facts(open_app, "I own a cat")
    stored = await app.read(app.turns, "turn-1", KEY)
    app.cosmos.reset_stats()
    await app.services.count_turns.run([{**stored, "_ts": stored["_ts"] + 60}])
    assert app.cosmos.count_requests()["batch", "counter"] == 1  # the one that counts, refused


async def test_memories_outlive_a_container_that_was_created_anew(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app, *[f"I own cat {n}" for n in range(5)])
    await look(app)
    await app.create_turns_anew()
    app.clock.advance(DAY)
    await look(app, 4)
    assert len(await fact_contents(app)) == 5
    assert await notes(app) == []


async def test_a_find_in_a_container_that_was_replaced_since_is_dropped(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app, "I own a cat", "I own a dog")
    turn = await app.read(app.turns, "turn-2", KEY)
    await delete(app, "turn-2")
    await look(app)
    assert len(await notes(app)) == 1
    await app.create_turns_anew()
    await app.turns.upsert_item({**turn, "id": "turn-3"})
    await look(app, 3)
    assert len(await fact_contents(app)) == 2, "what is missing now may just not be restored yet"
    assert await notes(app) == []


async def test_a_walk_that_meets_another_container_on_its_way_forgets_nothing(
    open_app: OpenApp,
) -> None:
    app = await open_with_facts(open_app, MEMORY_SCAN_BUDGET_SECONDS=0)
    keys = [ThreadKey(user_id=KEY.user_id, thread_id=f"t{n}") for n in range(3)]
    for n, key in enumerate(keys):
        await app.say(key, f"I own cat {n}")
        await ThreadRun(app, key).finish()
    app.clock.tick = 0.5
    await look(app)
    await app.create_turns_anew()
    await look(app, 3)
    app.clock.tick = 0.0
    [walk] = await app.find(app.counters, "c.type = 'vanished_walk'")
    assert (walk["under_way"], walk["missing"]) == (False, 2)
    await look(app, 3)
    assert len(await fact_contents(app)) == 3
    assert await notes(app) == []


async def test_more_deletions_than_the_limit_are_taken_for_a_fault(
    open_app: OpenApp, caplog: pytest.LogCaptureFixture
) -> None:
    contents = [f"I own cat {n}" for n in range(60)]
    app = await open_with_facts(open_app, *contents, MEMORY_VANISHED_LIMIT=0.4)
    turns = await app.find(app.turns)
    await delete(app, *(turn["id"] for turn in turns[:30]))
    await look(app, 4)
    assert len(await fact_contents(app)) == 60
    assert "30 of 60 turns are missing" in caplog.text
    assert (await app.services.report_status.run())["vanished_search_stopped"] is True
    willing = await open_with_facts(open_app, MEMORY_VANISHED_LIMIT=0.5)
    app.clock.advance(DAY)
    await look(willing, 4)
    assert len(await fact_contents(app)) == 30
    assert (await app.services.report_status.run())["vanished_search_stopped"] is False
    assert await notes(app) == []


async def test_a_walk_begins_once_a_day_and_not_at_all_if_it_is_off(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app, "I own a cat", "I own a dog")
    off = await open_app(MEMORY_VANISHED_CHECK_SECONDS=0)
    await look(off)
    assert await app.find(app.counters, "c.type = 'vanished_walk'") == []
    await look(app)
    await delete(app, "turn-1")
    await look(app, 5)
    assert len(await fact_contents(app)) == 2
    app.clock.advance(DAY)
    await look(app, 2)
    assert len(await fact_contents(app)) == 1


async def test_a_long_walk_is_cut_and_goes_on_where_it_was(open_app: OpenApp) -> None:
    app = await open_with_facts(open_app, MEMORY_SCAN_BUDGET_SECONDS=0)
    keys = [ThreadKey(user_id=f"u{n % 3}", thread_id=f"t{n}") for n in range(7)]
    for n, key in enumerate(keys):
        await app.say(key, f"I own cat {n}")
        await ThreadRun(app, key).finish()
    await delete(app, "turn-7", key=keys[6])
    for looked in range(1, 8):  # a thread a sweep: the clock moves on with every look at it
        app.clock.tick = 0.5
        await look(app)
        app.clock.tick = 0.0
        [walk] = await app.find(app.counters, "c.type = 'vanished_walk'")
        assert (walk["checked"], walk["under_way"]) == (looked, True)
    await look(app, 3)
    assert len(await fact_contents(app)) == 6


async def test_turns_that_are_in_no_chunk_are_none_of_the_walks_business(
    open_app: OpenApp,
) -> None:
    app = await open_with_facts(open_app, "I own a cat")
    await app.say(KEY, "I own a dog")
    await delete(app, "turn-2")
    await look(app, 3)
    assert await notes(app) == []
    assert (await thread_state(app)).pending == 1
