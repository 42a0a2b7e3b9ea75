"""A user's daily budget of tokens: what is beyond it waits for the next day, and nothing else."""

from datetime import UTC, datetime, timedelta

from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun, ledger, thread_state, user_state

# A call of the scripted model takes 110 tokens.
SETTINGS = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 2,
    "USER_SUMMARY_EVERY_N": 100,
    "EPISODE_EVAL_EVERY_N": 0,
    "MEMORY_DAILY_TOKEN_BUDGET": 300,
}


async def open_talk(open_app: OpenApp, **settings: int) -> MemoryApp:
    app = await open_app(**{**SETTINGS, **settings})
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    return app


def seconds_to_midnight(app: MemoryApp) -> float:
    now = datetime.fromtimestamp(app.clock.now(), UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


async def begin_a_day(app: MemoryApp) -> None:
    """So that no test spans a midnight."""
    app.clock.advance(seconds_to_midnight(app) + 3600)


async def talk(app: MemoryApp, *contents: str) -> None:
    """Each turn is processed, as far as the budget allows, before the next is said."""
    for content in contents:
        await app.say(KEY, content)
        await ThreadRun(app).finish()


async def test_tokens_of_chunks_and_summaries_are_counted_once_for_the_user(
    open_app: OpenApp,
) -> None:
    app = await open_talk(open_app, MEMORY_DAILY_TOKEN_BUDGET=0)
    await talk(app, "I own a cat", "I own a dog")
    assert (await user_state(app)).tokens == 3 * 110  # two extractions and a summary
    assert [record["prompt_tokens"] for record in await ledger(app)] == [100, 100]


async def test_beyond_the_budget_turns_wait_for_the_next_day_and_nothing_fails(
    open_app: OpenApp,
) -> None:
    app = await open_talk(open_app)
    await begin_a_day(app)
    await talk(app, "I own a cat", "I own a dog")  # 330 tokens with a summary: 300 are the budget
    report = await app.say(KEY, "I own a fish")
    assert report.due == [KEY]
    await ThreadRun(app).finish()
    state = await thread_state(app)
    assert (state.closed, state.pending, state.retry, state.idle) == (2, 1, {}, True)
    assert app.clock.now() < state.put_off_until <= app.clock.now() + 86_400
    calls = len(app.model.calls)

    report = await app.say(KEY, "I own a bird")
    assert report.due == []
    app.clock.advance(seconds_to_midnight(app) - 60)
    await app.services.sweep.run()  # the idle thread is flushed, which changes nothing yet
    await ThreadRun(app).finish()
    assert (await app.services.sweep.run()).threads == []
    status = await app.services.report_status.run()
    assert status["over_token_budget"] == {"threads": 1}
    assert status["failing"]["extract"] == 0
    assert status["pending"] == 2
    assert len(app.model.calls) == calls

    app.clock.advance(61)
    assert (await app.services.sweep.run()).threads == [KEY]
    await ThreadRun(app).finish()
    state = await thread_state(app)
    assert (state.closed, state.outcomes["dead_lettered"], state.outcomes["extracted"]) == (4, 0, 4)
    status = await app.services.report_status.run()
    assert status["over_token_budget"] == {"threads": 0}


async def test_one_users_budget_holds_for_all_threads_of_that_user_and_no_other(
    open_app: OpenApp,
) -> None:
    app = await open_talk(open_app)
    await begin_a_day(app)
    other_thread = KEY.model_copy(update={"thread_id": "t2"})
    other_user = KEY.model_copy(update={"user_id": "u2"})
    await talk(app, "I own a cat", "I own a dog")
    for key in (other_thread, other_user):
        await app.say(key, "I own a cat")
        await ThreadRun(app, key).finish()
    assert (await thread_state(app, other_thread)).closed == 0
    assert (await thread_state(app, other_user)).closed == 1


async def test_a_profile_waits_for_the_next_day_too(open_app: OpenApp) -> None:
    app = await open_talk(open_app, USER_SUMMARY_EVERY_N=2)
    await begin_a_day(app)
    await talk(app, "I own a cat", "I own a dog")
    await UserRun(app).finish()
    state = await user_state(app)
    assert (state.profiled, state.idle, state.retry.failures) == (0, True, 0)
    app.clock.advance(seconds_to_midnight(app) + 1)
    assert (await app.services.sweep.run()).users == [KEY.user_id]
    await UserRun(app).finish()
    state = await user_state(app)
    assert (state.profiled, state.tokens) == (2, 4 * 110)


async def test_without_a_budget_no_request_is_made_for_it(open_app: OpenApp) -> None:
    requests: dict[int, int] = {}
    for budget in (0, 10**9):
        app = await open_talk(open_app, MEMORY_DAILY_TOKEN_BUDGET=budget)
        key = KEY.model_copy(update={"user_id": f"user-{budget}"})
        await app.say(key, "I own a cat")
        await ThreadRun(app, key).finish()
        await app.say(key, "I own a dog")
        app.cosmos.reset_stats()
        await ThreadRun(app, key).finish()
        requests[budget] = app.cosmos.count_requests()["read", "counter"]
    assert requests[10**9] - requests[0] == 1  # one read a chunk
