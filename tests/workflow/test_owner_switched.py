"""MEMORY_PROCESSOR_OWNER=inprocess stops what is under way, and loses nothing of it."""

from typing import Any

import pytest

from activities import backfills
from shared.domain.backfill import BackfillRequest
from tests.conftest import OpenApp
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import ThreadRun, ledger, user_state
from tests.workflow.flaws.conversation import KEY, Conversation, cats, said
from tests.workflow.hub import registered_functions
from tests.workflow.test_backfill_requests import NO_CLIENT

OTHER = KEY.model_copy(update={"thread_id": "never counted"})


async def read_page(app: MemoryApp, patch: pytest.MonkeyPatch, backfill_id: str) -> dict[str, Any]:
    """What the activity answers."""
    patch.setattr(backfills, "get_services", lambda: app.services)
    patch.setattr("shared.wiring.observing.get_telemetry", lambda: app.telemetry)
    activity = registered_functions()["read_backfill_page"].get_user_function()
    return await activity(job={"backfill_id": backfill_id}, client=NO_CLIENT)


async def test_a_run_under_way_finishes_its_claim_and_begins_nothing_more(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = Conversation(await open_app(), monkeypatch)
    await on.app.services.count_turns.run(await on.app.write(KEY, *cats(45)))
    run = ThreadRun(on.app)
    claimed = await run.plan()
    off = Conversation(await open_app(MEMORY_PROCESSOR_OWNER="inprocess"), monkeypatch)
    await ThreadRun(off.app).round(claimed)
    assert len(await ledger(on.app)) == 1
    await off.processor.process(KEY)
    await off.processor.process_user(KEY.user_id)
    assert len(await ledger(on.app)) == 1
    on = Conversation(on.app, monkeypatch)
    await on.rest()
    assert await on.contents() == said(*cats(45))
    assert (await user_state(on.app)).profiled == 45


async def test_two_owners_at_once_lose_nothing(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One host of each value takes the steps of the same orchestrations by turns."""
    off = Conversation(await open_app(MEMORY_PROCESSOR_OWNER="inprocess"), monkeypatch).app.services
    on = Conversation(await open_app(), monkeypatch)
    turns = 0

    def take_turns() -> Any:
        nonlocal turns
        turns += 1
        return off if turns % 2 else on.app.services

    for module in ("thread_steps", "profiles", "extraction", "summaries"):
        monkeypatch.setattr(f"activities.{module}.get_services", take_turns)
    await on.say(*cats(11))
    await on.rest()
    assert turns > 10
    assert await on.contents() == said(*cats(11))


async def test_a_running_backfill_rests_until_the_owner_is_back(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = await open_app()
    await on.write(OTHER, *cats(5))
    backfill_id = (await on.services.backfills.begin(BackfillRequest()))["id"]
    off = await open_app(MEMORY_PROCESSOR_OWNER="inprocess")
    assert (await read_page(off, monkeypatch, backfill_id))["done"]
    assert await on.find(on.counters, "c.type = 'seen'") == []
    on.clock.advance(on.settings.stale_seconds + 2)
    assert (await on.services.sweep.run()).backfills == [backfill_id]
    assert not (await read_page(on, monkeypatch, backfill_id))["done"]
