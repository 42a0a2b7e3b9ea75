from typing import Any

import pytest

from shared.domain.backfill import BackfillRequest
from shared.domain.metrics import METRICS
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import FAILED, KEY, ThreadRun, ledger, thread_state

ANEW = BackfillRequest(reprocess=True)
STEPS = ("extract", "summarize", "episodes", "profile", "procedures")


@pytest.mark.parametrize(
    ("owner", "runs"), [("", True), ("durable", True), ("Durable ", True), ("inprocess", False)]
)
async def test_the_app_runs_unless_an_in_process_client_owns_the_turns(
    open_app: OpenApp, owner: str, runs: bool
) -> None:
    assert (await open_app(MEMORY_PROCESSOR_OWNER=owner)).services.runs == runs


async def test_turns_that_an_in_process_client_extracted_are_counted_and_not_done_again(
    app: MemoryApp,
) -> None:
    """What the sweep finds when the ownership has come back."""
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.services.sweep.run()
    done = "2026-07-01T00:00:00+00:00"
    await app.write(KEY, "I own cat 1", "I own cat 2", "I own cat 3", extracted_at=done)
    await app.write(KEY, "I own cat 4", "I own cat 5")
    app.clock.advance(3600)
    assert (await app.services.sweep.run()).threads == [KEY]
    await ThreadRun(app).finish()
    assert (await thread_state(app)).arrived == 5
    [record] = await ledger(app)
    assert sorted(record["outcomes"].values()) == ["elsewhere"] * 3 + ["extracted"] * 2
    [call] = [call for call in app.model.calls if call.schema_name == EXTRACT]
    assert [turn["text"] for turn in call.payload["turns"]] == ["I own cat 4", "I own cat 5"]


async def test_the_status_of_an_empty_store_is_all_zero(app: MemoryApp) -> None:
    status = await app.services.report_status.run()
    assert (status["turns_counted"], status["pending"], status["dead_letters"]) == (0, 0, 0)
    assert status["work"] == {"threads": 0, "users": 0}
    assert status["oldest_pending_seconds"] is None


async def test_the_status_tells_what_is_done_pending_and_under_way(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *[f"I own cat {n}" for n in range(4)], "thanks")
    await ThreadRun(app).finish()
    await app.say(ThreadKey(user_id="u2", thread_id="t"), "I own a dog")
    app.clock.advance(100)
    status = await app.services.report_status.run()
    assert (status["turns_counted"], status["pending"]) == (6, 1)
    assert status["turns_processed"]["extracted"] == 4
    assert status["turns_processed"]["trivial"] == 1
    assert status["oldest_pending_seconds"] == pytest.approx(100, abs=10)
    assert status["work"] == {"threads": 0, "users": 0}
    await app.say(KEY, *[f"I own dog {n}" for n in range(5)])
    await ThreadRun(app).plan()
    assert (await app.services.report_status.run())["work"]["threads"] == 1


async def test_the_oldest_turn_tells_the_age_while_the_conversation_goes_on(app: MemoryApp) -> None:
    start = app.clock.now()
    for minute in range(4):
        [turn] = await app.write(KEY, f"I own cat {minute}")
        await app.services.count_turns.run([{**turn, "_ts": int(app.clock.now())}])
        app.clock.advance(60)
    status = await app.services.report_status.run()
    assert status["oldest_pending_seconds"] == int(app.clock.now()) - int(start)
    await app.services.tell_backlog.run((await app.services.sweep.run()).open)
    assert int(app.telemetry.backlogs[-1].oldest_pending) == status["oldest_pending_seconds"]


async def test_turns_that_are_processed_anew_do_not_wait_since_they_were_said(
    app: MemoryApp,
) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    await ThreadRun(app).finish()
    await app.services.backfills.begin(ANEW)
    _, [key] = await app.services.run_backfill.run(ANEW.backfill_id)
    app.clock.advance(86_400)
    await ThreadRun(app, key).plan()
    status = await app.services.report_status.run()
    assert (status["pending"], status["oldest_pending_seconds"]) == (5, None)
    await app.say(KEY, "I own a dog")
    assert (await app.services.report_status.run())["oldest_pending_seconds"] is not None


async def test_the_status_names_the_steps_that_fail_and_the_speed(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    run = ThreadRun(app)
    await run.commit(await run.plan(), FAILED)
    status = await app.services.report_status.run()
    assert {step for step, threads in status["failing"].items() if threads} == {"extract"}
    assert status["processed_per_minute"] == 0
    app.clock.advance(app.settings.defer_seconds + 1)
    await run.finish()
    status = await app.services.report_status.run()
    assert status["failing"] == dict.fromkeys(STEPS, 0)
    assert status["processed_per_minute"] == 1.0
    app.clock.advance(600)
    assert (await app.services.report_status.run())["processed_per_minute"] == 0


async def test_every_figure_that_is_also_a_metric_is_in_the_status(app: MemoryApp) -> None:
    status = await app.services.report_status.run()
    for metric in METRICS:
        place: Any = status
        for part in filter(None, metric.status_key.split(".")):
            assert part in place, metric.name
            place = place[part]
