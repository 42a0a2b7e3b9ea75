"""Erasing on request: turns, a thread, a user."""

from dataclasses import replace
from typing import Any

import pytest

from shared.adapters import cosmos_turn_removal
from shared.domain.turns import ThreadKey
from shared.services.erase_turns import Erasure
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.forgetting import EACH
from tests.unit.services.runs import KEY, ThreadRun, UserRun

SECOND = ThreadKey(user_id="u1", thread_id="t2")
OTHERS = ThreadKey(user_id="u2", thread_id="t1")


@pytest.fixture
async def talked(open_app: OpenApp) -> MemoryApp:
    """Two threads of one user and one of another, all that was said remembered."""
    # No walk over all threads: only the request can have anything forgotten.
    app = await open_app(**EACH, MEMORY_VANISHED_CHECK_SECONDS=0)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    for key in (KEY, SECOND, OTHERS):
        for place in ("Paris", "Rome"):
            await app.say(key, f"I like {place} in {key.thread_id}")
            await ThreadRun(app, key).finish()
        await UserRun(app, key.user_id).finish()
    return app


async def settle(app: MemoryApp) -> None:
    """Let the sweeper look twice, and what is owed be written anew."""
    for _ in range(2):
        await app.services.find_vanished.run()
        app.clock.advance(130)
    for key in (KEY, SECOND):
        await ThreadRun(app, key).finish()
    await UserRun(app, "u1").finish()


async def words_of(app: MemoryApp, user_id: str) -> str:
    """All that is stored of what a user has said, in turns, memories and summaries."""
    containers = (app.turns, app.memories, app.summaries)
    return str([await app.find(each, "c.user_id = @user", user=user_id) for each in containers])


async def test_a_turn_is_deleted_with_all_that_rests_on_it(talked: MemoryApp) -> None:
    where = "c.user_id = 'u1' AND CONTAINS(c.content, 'Paris in t1')"
    [paris] = await talked.find(talked.turns, where)
    erased = await talked.services.erase_turns.run("u1", "t1", [paris["id"]])
    assert (erased.threads, erased.turns, erased.done) == (1, 1, True)
    await settle(talked)
    words = await words_of(talked, "u1")
    assert "Paris in t1" not in words
    for kept in ("Rome in t1", "Paris in t2", "Rome in t2"):
        assert kept in words


async def test_a_thread_goes_with_turns_that_nobody_has_processed_yet(talked: MemoryApp) -> None:
    await talked.write(KEY, "I like Oslo in t1")
    erased = await talked.services.erase_turns.run("u1", "t1")
    assert (erased.threads, erased.turns, erased.done) == (1, 3, True)
    await settle(talked)
    words = await words_of(talked, "u1")
    assert "in t1" not in words
    assert "Rome in t2" in words


async def test_of_a_user_nothing_is_left_and_of_another_all(talked: MemoryApp) -> None:
    before = await words_of(talked, "u2")
    erased = await talked.services.erase_turns.run("u1")
    assert (erased.threads, erased.turns, erased.done) == (2, 4, True)
    await settle(talked)
    assert "I like" not in await words_of(talked, "u1")
    assert "I like" not in str(await talked.find(talked.counters, "c.user_id = 'u1'"))
    assert await words_of(talked, "u2") == before


async def test_what_somebody_else_has_deleted_already_is_forgotten_with_the_thread(
    talked: MemoryApp,
) -> None:
    for turn in await talked.find(talked.turns, "c.user_id = 'u1' AND c.thread_id = 't1'"):
        await talked.turns.delete_item(turn["id"], partition_key=["u1", "t1"])
    erased = await talked.services.erase_turns.run("u1")
    assert (erased.threads, erased.turns) == (2, 4)
    await settle(talked)
    assert "I like" not in await words_of(talked, "u1")


async def test_a_request_that_takes_too_long_is_gone_on_with_when_it_is_asked_again(
    talked: MemoryApp,
) -> None:
    erase = replace(talked.services.erase_turns, budget=-1.0)
    assert await erase.run("u1") == Erasure(threads=1, turns=0, done=False)
    assert (await talked.services.erase_turns.run("u1")).done
    assert await talked.services.erase_turns.run("u1") == Erasure()


async def test_turns_are_removed_beside_one_that_somebody_else_removes(
    app: MemoryApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [turn["id"] for turn in await app.write(KEY, "one", "two", "three")]
    query = cosmos_turn_removal.query_values

    async def query_and_lose_one(*given: Any) -> list[Any]:
        found = await query(*given)
        await app.turns.delete_item(turns[1], partition_key=[KEY.user_id, KEY.thread_id])
        return found

    monkeypatch.setattr(cosmos_turn_removal, "query_values", query_and_lose_one)
    await cosmos_turn_removal.CosmosTurnRemoval(app.turns).remove(KEY, [*turns, "unknown"])
    assert await app.find(app.turns) == []
