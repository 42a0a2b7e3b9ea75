"""A run of a user that has failed is tried again, also where no turn is new since the last one."""

from shared.domain.messages import DEFERRED
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun, user_state

TWO = {"FACT_EXTRACTION_EVERY_N": 1, "THREAD_SUMMARY_EVERY_N": 1, "USER_SUMMARY_EVERY_N": 2}


async def open_with_a_profile(open_app: OpenApp) -> MemoryApp:
    """One whose user has said two things, and whose profile tells both."""
    app = await open_app(**TWO)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    await app.say(KEY, "I own a cat", "I own a dog")
    await ThreadRun(app).finish()
    await UserRun(app).finish()
    return app


async def sweep(app: MemoryApp) -> list[str]:
    """One sweep; its threads are run, the users that it starts are left to the test."""
    app.clock.advance(600)
    report = await app.services.sweep.run()
    for key in report.threads:
        await ThreadRun(app, key).finish()
    return report.users


async def fail_once(app: MemoryApp) -> None:
    """The model is out for all tries of one run."""
    plan = await UserRun(app).plan()
    assert plan.due
    await UserRun(app).commit(plan, status=DEFERRED)


async def test_a_profile_that_is_to_forget_is_tried_again_after_an_outage(
    open_app: OpenApp,
) -> None:
    app = await open_with_a_profile(open_app)
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    await app.services.forget_turns.ask(KEY, ["turn-2"])
    await ThreadRun(app).finish()
    await fail_once(app)
    assert await sweep(app) == ["u1"]
    await UserRun(app).finish()
    [profile] = await app.find(app.summaries, "c.type = 'user_summary'")
    assert profile["content"] == "Said: I own a cat"
    state = await user_state(app)
    assert (state.claim, state.idle) == (None, True)
    assert await sweep(app) == []


async def test_an_answer_of_a_run_that_has_failed_does_not_stay(open_app: OpenApp) -> None:
    app = await open_with_a_profile(open_app)
    await app.services.flush.users.request_refresh("u1", changed=True)
    plan = await UserRun(app).plan()
    await UserRun(app).write(plan)
    await UserRun(app).commit(plan, status=DEFERRED)
    assert len(await app.find(app.counters, "c.type = 'answer'")) == 1
    assert await sweep(app) == ["u1"]
    await UserRun(app).finish()
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_a_run_that_waits_for_its_next_try_is_work_in_the_status(open_app: OpenApp) -> None:
    app = await open_with_a_profile(open_app)
    assert (await app.services.report_status.run())["work"]["users"] == 0
    await app.services.flush.users.request_refresh("u1", changed=True)
    await fail_once(app)
    status = await app.services.report_status.run()
    assert (status["work"]["users"], status["failing"]["profile"]) == (1, 1)


async def test_a_run_that_was_left_when_its_steps_were_switched_off_is_dropped(
    open_app: OpenApp,
) -> None:
    app = await open_with_a_profile(open_app)
    await app.services.flush.users.request_refresh("u1", rebuild=True)
    plan = await UserRun(app).plan()
    await UserRun(app).write(plan)
    await UserRun(app).commit(plan, status=DEFERRED)
    before = (await user_state(app)).tokens
    off = await open_app(**{**TWO, "USER_SUMMARY_EVERY_N": 0})
    off.clock.advance(600)
    assert (await off.services.sweep.run()).users == ["u1"]
    assert not (await UserRun(off).plan()).due
    assert await off.find(off.counters, "c.type = 'answer'") == []
    status = await off.services.report_status.run()
    assert (status["work"]["users"], status["failing"]["profile"]) == (0, 0)
    state = await user_state(off)
    assert (state.claim, state.rebuild, state.runs) == (None, True, plan.run)
    assert state.tokens > before
