"""Threads and users that are far larger than most: nothing of a step grows with them."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from azure.cosmos.aio import ContainerProxy

from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import profile_of_all
from tests.fakes.chat_model import PROFILE
from tests.fakes.local_cosmos import LocalCosmos
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun, ledger, thread_state, user_state

pytestmark = pytest.mark.long

PENDING = 100_000
THREADS = 10_000
_AT_ONCE = 16


async def count_without_turns(app: MemoryApp, count: int) -> None:
    """Count turns that are in the change feed and nowhere else: what becomes of them is bounded."""
    for start in range(0, count, 200):
        numbers = range(start, min(start + 200, count))
        fields = {"user_id": KEY.user_id, "thread_id": KEY.thread_id, "type": "turn"}
        batch: list[Document] = [
            {"id": f"turn-{n}", **fields, "_ts": 1_000 + n // 100, "_lsn": n} for n in numbers
        ]
        await app.services.count_turns.run(batch)


async def create_all(container: ContainerProxy, documents: Iterable[Document]) -> None:
    waiting = list(documents)

    async def create_some() -> None:
        while waiting:
            await container.create_item(waiting.pop())

    await asyncio.gather(*(create_some() for _ in range(_AT_ONCE)))


async def cost_of_a_round(app: MemoryApp, cosmos: LocalCosmos) -> Counter[tuple[str, str]]:
    run = ThreadRun(app)
    cosmos.reset_stats()
    plan = await run.plan()
    await run.extract(plan, attempt=2)  # the third look: turns that are not there count as gone
    await run.commit(plan, await run.persist(plan))
    return cosmos.count_requests()


async def test_a_hundred_thousand_pending_turns_are_worked_off_at_the_cost_of_a_few(
    open_app: OpenApp, cosmos: LocalCosmos
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=20, THREAD_SUMMARY_EVERY_N=0)
    await count_without_turns(app, 60)
    await cost_of_a_round(app, cosmos)
    small = await cost_of_a_round(app, cosmos)
    await count_without_turns(app, PENDING)
    large = await cost_of_a_round(app, cosmos)
    assert large == small
    state = await thread_state(app)
    assert (state.arrived, state.pending) == (PENDING, PENDING - 60)
    assert len(state.model_dump_json()) < 2_000
    chunks = [record["turn_ids"] for record in await ledger(app)]
    assert chunks == [[f"turn-{n}" for n in range(s, s + 20)] for s in (0, 20, 40)]


def summary_of(number: int) -> dict[str, Any]:
    return {
        "id": f"summary_u1_thread-{number}",
        "user_id": "u1",
        "thread_id": f"thread-{number}",
        "type": "thread_summary",
        "content": f"Talk {number}. " + "Something was said. " * 20,
        "created_at": "2026-07-01T10:00:00+00:00",
    }


def texts_of(payloads: Sequence[Any]) -> list[str]:
    return [shown["overview"].partition(".")[0] for p in payloads for shown in p["summaries"]]


async def test_a_user_of_ten_thousand_threads_gets_a_profile_in_prompts_of_bounded_size(
    open_app: OpenApp,
) -> None:
    app = await open_app(USER_SUMMARY_EVERY_N=1, THREAD_SUMMARY_EVERY_N=0)
    app.model.answer_by(PROFILE, profile_of_all)
    await create_all(app.summaries, map(summary_of, range(THREADS)))
    key = ThreadKey(user_id="u1", thread_id="thread-0")
    await app.say(key, "thanks")
    await app.services.flush.run("u1")
    await ThreadRun(app, key).finish()
    await UserRun(app).finish()
    payloads = [call.payload for call in app.model.calls if call.schema_name == PROFILE]
    assert sorted(texts_of(payloads)) == sorted(f"Talk {n}" for n in range(THREADS))
    assert max(len(json.dumps(payload)) for payload in payloads) < 60_000
    assert (await user_state(app)).idle
    where = ThreadKey(user_id="u1", thread_id="__user_summary__")
    stored = await app.read(app.summaries, "user_summary_u1", where)
    assert stored["metadata"]["source_thread_count"] == THREADS
