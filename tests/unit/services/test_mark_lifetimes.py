"""What is remembered of a turn outlives it, however long its container keeps it."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest
from azure.cosmos import PartitionKey

from shared.domain.backfill import BackfillRequest
from shared.domain.errors import StoreUnavailableError
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import TurnContainer
from shared.services.container_lifetime import ContainerLifetime
from tests.fakes.clock import SettableClock
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, thread_state

DAY = 86_400
YEAR = 365 * DAY
MONTH = 30 * DAY
UNREADABLE = "unreadable"


async def keep_turns(app: MemoryApp, seconds: int | None) -> None:
    """Let the turns container keep turns that say nothing themselves for so long."""
    key = PartitionKey(["/user_id", "/thread_id"], kind="MultiHash")
    described = await app.turns.read()
    policies: dict[str, Any] = {"vector_embedding_policy": described["vectorEmbeddingPolicy"]}
    if seconds is not None:
        policies["default_ttl"] = seconds
    await app.database.replace_container(app.turns.id, key, **policies)


async def mark_of_turn(app: MemoryApp) -> dict[str, Any]:
    [mark] = await app.find(app.counters, "c.type = 'seen'")
    return mark


class Inventory:
    """A TurnInventory whose container has these lifetimes, one an answer."""

    def __init__(self, *answers: int | str) -> None:
        self.answers = list(answers)

    async def describe(self) -> TurnContainer:
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise StoreUnavailableError(answer, 503)
        return TurnContainer(identity="turns", default_ttl=answer)

    async def existing(self, key: ThreadKey, among: Sequence[str] | None = None) -> set[str]:
        raise AssertionError(f"nobody asks which turns there are: {key}, {among}")

    async def arrivals(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[dict[str, Any]]:
        raise AssertionError(f"nobody asks for turns: {key}, {turn_ids}")


@pytest.mark.parametrize(
    ("default", "own", "kept"),
    [
        (MONTH, None, 2 * MONTH),
        (YEAR, None, YEAR + MONTH),
        (-1, None, -1),
        (None, None, -1),
        (None, DAY, -1),
        (YEAR, DAY, DAY + MONTH),
    ],
)
async def test_a_mark_outlives_its_turn_by_a_month_whatever_the_container_keeps(
    app: MemoryApp, default: int | None, own: int | None, kept: int
) -> None:
    await keep_turns(app, default)
    await app.say(KEY, "I own a cat", **({"ttl": own} if own else {}))
    assert (await mark_of_turn(app))["ttl"] == kept


async def test_a_backfill_lets_marks_follow_a_container_that_keeps_turns_for_longer(
    app: MemoryApp,
) -> None:
    await app.say(KEY, "I own a cat")
    await keep_turns(app, YEAR)
    app.clock.advance(3601)
    request = BackfillRequest()
    await app.services.backfills.begin(request)
    await app.services.run_backfill.run(request.backfill_id)
    assert (await mark_of_turn(app))["ttl"] == YEAR + MONTH
    assert (await thread_state(app)).arrived == 1


async def test_an_earlier_write_of_a_turn_does_not_move_its_mark(app: MemoryApp) -> None:
    [turn] = await app.write(KEY, "I own a cat", ttl=DAY)
    await app.services.count_turns.run([turn])
    before = await mark_of_turn(app)
    earlier = {**turn, "ttl": YEAR, "_ts": turn["_ts"] - 10}
    await app.services.count_turns.run([earlier])
    assert await mark_of_turn(app) == before


async def test_the_container_is_asked_once_an_hour() -> None:
    clock = SettableClock()
    lifetime = ContainerLifetime(Inventory(MONTH, YEAR), clock)
    assert [await lifetime.default_ttl() for _ in range(3)] == [MONTH] * 3
    clock.advance(3600)
    assert [await lifetime.default_ttl() for _ in range(3)] == [YEAR] * 3


async def test_a_container_that_cannot_be_read_is_taken_to_keep_turns_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, logger="agent_memory")
    clock = SettableClock()
    lifetime = ContainerLifetime(Inventory(UNREADABLE, MONTH, UNREADABLE), clock)
    assert [await lifetime.default_ttl() for _ in range(3)] == [-1] * 3
    assert len(caplog.records) == 1
    clock.advance(60)
    assert await lifetime.default_ttl() == MONTH
    clock.advance(3600)
    assert await lifetime.default_ttl() == MONTH, "the last answer stands"
