"""The public SDK waits for the app, as its durable processor does: until there is a summary."""

import asyncio
from typing import Any

import pytest

from shared.domain.turns import ThreadKey
from tests.contract.public_sdk.reader import Reader
from tests.fakes.answers import fact, facts
from tests.fakes.chat_model import EXTRACT
from tests.unit.services.runs import ThreadRun

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAIT_LONG, LOOK_ONCE = 60.0, 0.1


async def wait_for_processing(reader: Reader, seconds: float) -> bool:
    where: dict[str, Any] = {"thread_id": "t1", "timeout": seconds}
    return await asyncio.to_thread(reader.ask, "process_now_and_wait", **where)


async def test_waiting_ends_when_a_thread_that_fell_silent_is_processed(reader: Reader) -> None:
    app = reader.app
    reader.ask("upsert_memory", thread_id="t1", role="user", content="I like tea.")
    [turn] = await app.find(app.turns, "c.user_id = @user", user=reader.user)
    await app.services.count_turns.run([{**turn, "_lsn": 1}])
    assert await wait_for_processing(reader, LOOK_ONCE) is False
    waiting = asyncio.create_task(wait_for_processing(reader, WAIT_LONG))
    app.clock.advance(app.settings.idle_flush_seconds + 1)
    app.model.answer(EXTRACT, facts(fact("Likes tea.", "like tea")))
    key = ThreadKey(user_id=reader.user, thread_id="t1")
    assert key in (await app.services.sweep.run()).threads
    await ThreadRun(app, key).finish()
    assert await waiting is True
    [summary] = reader.ask("get_thread_summary", thread_id="t1")
    assert summary["metadata"]["structured_summary"]["key_points"] == ["I like tea."]
    [listed] = reader.ask("get_memories", memory_types=["fact"])
    assert listed["source_turn_ids"] == [turn["id"]]
