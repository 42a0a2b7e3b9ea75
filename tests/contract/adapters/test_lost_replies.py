"""Writes that happened although nobody was told: each request of a thread's processing in turn."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from shared.domain.errors import TransientError
from shared.domain.turns import ThreadKey
from shared.wiring import USER_AGENT
from tests.conftest import OpenApp
from tests.contract.cosmos.fault_orders import FaultOrders
from tests.fakes.answers import fact_of_each_turn, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.local_cosmos import LocalCosmos
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import ThreadRun

TURNS = [f"I own {n} cats" for n in range(5)]
WRITES = ("batch", "create", "upsert", "replace", "patch", "delete")
_TRIES = 4


@pytest.fixture
def faults(cosmos: LocalCosmos) -> Iterator[FaultOrders]:
    orders = FaultOrders(cosmos.url)
    yield orders
    orders.clear()


async def insist[T](step: Callable[[], Awaitable[T]]) -> T:
    """Run a step again after a failure, as its orchestration does."""
    for _ in range(_TRIES - 1):
        try:
            return await step()
        except TransientError:
            continue
    return await step()


async def process(app: MemoryApp, key: ThreadKey, documents: list[dict[str, Any]]) -> None:
    """Count turns and run one round of their thread."""
    await insist(lambda: app.services.count_turns.run(documents))
    run = ThreadRun(app, key)
    plan = await insist(run.plan)
    assert plan.extract
    assert plan.summarize_to
    await insist(lambda: run.extract(plan))
    extracted = await insist(lambda: run.persist(plan))
    summarized = await insist(lambda: run.summarize(plan))
    await insist(lambda: run.commit(plan, extracted, summarized))


async def check(app: MemoryApp, key: ThreadKey, documents: list[dict[str, Any]]) -> None:
    """Everything is there, and once."""
    of_user = {"where": "c.user_id = @user_id", "user_id": key.user_id}
    stored = {item["id"]: item for item in await app.find(app.counters, **of_user)}
    assert stored[f"thread:{key.user_id}:{key.thread_id}"]["count"] == len(TURNS)
    assert stored[f"user:{key.user_id}"]["count"] == len(TURNS)
    assert stored["chunk:1"]["turn_ids"] == [document["id"] for document in documents]
    kinds = [item.get("type") for item in stored.values()]
    assert (kinds.count("seen"), kinds.count("chunk"), kinds.count("answer")) == (5, 1, 0)
    state = await app.read(app.counters, "state", key)
    assert (state["arrived"], state["closed"], state["claim"]) == (5, 5, None)
    facts = await app.find(app.memories, **of_user)
    assert sorted(fact["content"] for fact in facts) == [f"Said: {text}" for text in TURNS]
    [summary] = await app.find(app.summaries, **of_user)
    assert summary["metadata"]["source_count"] == len(TURNS)


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(
    "status", [pytest.param(None, id="the client repeats it"), pytest.param(408, id="the app does")]
)
async def test_a_lost_reply_to_any_write_loses_and_doubles_nothing(
    open_app: OpenApp, faults: FaultOrders, operation: str, status: int | None
) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=5)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    answer = {} if status is None else {"status": status}
    after, struck = -1, True
    while struck:  # until a run has fewer writes than that: each was struck once
        after += 1
        key = ThreadKey(user_id=f"u{after}", thread_id="t")
        documents = await app.write(key, *TURNS)
        faults.clear()
        faults.order(
            "lose_reply", operation=operation, user_agent=USER_AGENT, after=after, **answer
        )
        await process(app, key, documents)
        await check(app, key, documents)
        struck = faults.fired() == [1]
    # A step whose reply was lost may ask its model once more, and the first answer counts.
    assert app.model.count_calls(EXTRACT) <= after + 2
    assert app.model.count_calls(SUMMARIZE) <= after + 2
    if operation == "batch":
        assert after >= 4
