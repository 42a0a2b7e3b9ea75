"""What the services tell of their work."""

import pytest

from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact, fact_of_each_turn, facts, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun

OTHER = ThreadKey(user_id="u2", thread_id="t2")


async def test_a_turn_is_told_as_counted_once_however_often_it_is_delivered(
    app: MemoryApp,
) -> None:
    first = await app.write(KEY, "I own cat 1", "I own cat 2")
    second = await app.write(KEY, "I own cat 3")
    for batch in (first, [*first, *second], second):
        await app.services.count_turns.run(batch)
    assert app.telemetry.counted == {"feed": 3}


async def test_turns_that_only_the_scan_has_found_are_told_apart(open_app: OpenApp) -> None:
    app = await open_app(MEMORY_SCAN_GRACE_SECONDS="10")
    await app.say(KEY, "I own cat 1")
    await app.write(OTHER, "I own cat 2")
    app.clock.advance(60)
    await app.services.sweep.run()
    assert app.telemetry.counted == {"feed": 1, "scan": 1}


async def test_a_committed_chunk_is_told_by_outcome_with_the_lag_of_every_turn(
    app: MemoryApp,
) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *[f"I own cat {n}" for n in range(4)], "thanks")
    app.clock.advance(40)
    await ThreadRun(app).finish()
    assert app.telemetry.outcomes == {"extracted": 4, "trivial": 1}
    assert app.telemetry.lags == pytest.approx([40] * 5, abs=5)


async def test_facts_that_are_not_grounded_are_told_as_dropped(app: MemoryApp) -> None:
    app.model.answer(
        EXTRACT, facts(fact("Owns a cat", "own cat"), fact("Owns a yacht", "own a yacht"))
    )
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    await ThreadRun(app).finish()
    assert app.telemetry.dropped_facts == 1


async def test_the_tokens_of_every_answer_are_told(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(KEY, *[f"I own cat {n}" for n in range(10)])
    await ThreadRun(app).finish()
    answers = len(app.model.calls)
    assert app.telemetry.tokens == {"prompt": 100 * answers, "completion": 10 * answers}


async def test_a_committed_chunk_is_told_once_though_the_commit_runs_twice(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    run = ThreadRun(app)
    plan = await run.plan()
    extracted = await run.extract(plan)
    await run.commit(plan, extracted)
    await run.commit(plan, extracted)
    assert app.telemetry.outcomes == {"extracted": 5}


async def test_the_sweep_tells_what_is_open_as_the_status_does(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(OTHER, "I own a dog")
    await app.say(KEY, *[f"I own cat {n}" for n in range(7)])
    await ThreadRun(app).plan()
    app.clock.advance(5)
    report = await app.services.sweep.run()
    await app.services.tell_backlog.run(report.open)
    [backlog] = app.telemetry.backlogs
    status = await app.services.report_status.run()
    assert backlog.pending == status["pending"] == 8
    assert int(backlog.oldest_pending) == status["oldest_pending_seconds"]
    assert backlog.threads_busy == status["work"]["threads"] == 1
    assert backlog.dead_letters == status["dead_letters"] == 0
    assert backlog.feed_lag == status["feed_lag_seconds"] == 0


async def test_a_lag_that_the_sweep_tells_is_that_of_the_status(app: MemoryApp) -> None:
    await app.write(KEY, "I own a cat")
    app.clock.advance(30)
    report = await app.services.sweep.run()
    await app.services.tell_backlog.run(report.open)
    status = await app.services.report_status.run()
    assert int(app.telemetry.backlogs[0].feed_lag) == status["feed_lag_seconds"] > 0


async def test_where_nobody_listens_nothing_is_asked_for(app: MemoryApp) -> None:
    report = await app.services.sweep.run()
    app.telemetry.is_on = False
    app.cosmos.reset_stats()
    await app.services.tell_backlog.run(report.open)
    assert not app.cosmos.count_requests()
