from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, RECONCILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun, thread_state, user_state


def script(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)


async def test_a_flush_leaves_nothing_open(app: MemoryApp) -> None:
    script(app)
    keys = [ThreadKey(user_id=user, thread_id=thread) for user in "ab" for thread in "xyz"]
    for n, key in enumerate(keys):
        await app.say(key, *[f"I own cat {n}.{i}" for i in range(n + 1)])
        await ThreadRun(app, key).finish()
    report = await app.services.flush.run()
    assert set(map(repr, report.threads)) == set(map(repr, keys))
    for key in report.threads:
        await ThreadRun(app, key).finish()
    for user_id in ("a", "b"):
        await UserRun(app, user_id).finish()
    for key in keys:
        state = await thread_state(app, key)
        assert (state.pending, state.closed - state.summarized) == (0, 0)
    for user_id, turns in (("a", 6), ("b", 15)):
        user = await user_state(app, user_id)
        assert (user.turns, user.profiled) == (turns, turns)
    again = await app.services.flush.run()
    assert (again.threads, again.users) == ([], [])


async def test_a_flush_of_one_user_leaves_the_others_alone(app: MemoryApp) -> None:
    other = ThreadKey(user_id="u2", thread_id="t1")
    await app.say(KEY, "I own a cat")
    await app.say(other, "I own a dog")
    report = await app.services.flush.run("u1")
    assert report.threads == [KEY]
    assert (await thread_state(app)).flush_to == 1
    assert (await thread_state(app, other)).flush_to == 0


async def test_a_flush_while_a_run_is_going_on_is_not_lost(app: MemoryApp) -> None:
    script(app)
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    run = ThreadRun(app)
    plan = await run.plan()
    await app.say(KEY, "I own a dog")
    await app.services.flush.run()
    assert (await run.round(plan)).due
    await run.finish()
    state = await thread_state(app)
    assert (state.pending, state.summarized) == (0, 6)


async def test_a_summary_that_is_up_to_date_is_not_refreshed(open_app: OpenApp) -> None:
    app = await open_app()
    script(app)
    await app.say(KEY, *[f"I own cat {n}" for n in range(10)])
    await ThreadRun(app).finish()
    await app.services.flush.mark_thread(KEY, refresh=True)
    assert await ThreadRun(app).finish() == 0
    assert app.model.count_calls(SUMMARIZE) == 1


async def test_a_thread_that_does_not_exist_is_left_that_way(app: MemoryApp) -> None:
    await app.services.flush.mark_thread(KEY, refresh=True)
    assert await app.find(app.counters) == []


async def test_one_flush_reaches_the_profile_of_a_user_with_nothing_committed_yet(
    app: MemoryApp,
) -> None:
    script(app)
    await app.say(KEY, "I own a cat")
    run = ThreadRun(app)
    await app.services.flush.mark_thread(KEY, refresh=False)
    plan = await run.plan()  # claims the only turn before the flush is asked for
    report = await app.services.flush.run()
    assert report.users == ["u1"]
    assert not (await UserRun(app).plan()).due
    assert (await run.round(plan)).profile_due
    assert await UserRun(app).finish() == 1


async def test_a_flush_of_a_user_whose_profile_is_up_to_date_asks_no_model(app: MemoryApp) -> None:
    script(app)
    await app.say(KEY, *[f"I own cat {n}" for n in range(20)])
    await ThreadRun(app).finish()
    assert await UserRun(app).finish() == 1
    await app.services.flush.mark_user("u1")
    assert await UserRun(app).finish() == 0
    assert not (await user_state(app)).refresh


async def test_a_profile_that_is_off_is_not_asked_for(open_app: OpenApp) -> None:
    app = await open_app(USER_SUMMARY_EVERY_N=0)
    script(app)
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    await ThreadRun(app).finish()
    await app.services.flush.run()
    assert not (await user_state(app)).refresh
    assert await UserRun(app).finish() == 0


async def test_a_flush_has_facts_compared_that_a_profile_has_covered_before(
    open_app: OpenApp,
) -> None:
    app = await open_app(
        FACT_EXTRACTION_EVERY_N=1,
        THREAD_SUMMARY_EVERY_N=0,
        USER_SUMMARY_EVERY_N=2,
        DEDUP_EVERY_N=50,
        PROCEDURAL_SYNTHESIS_AUTO="false",
        EPISODE_EVAL_EVERY_N=0,
    )
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    app.model.answer(RECONCILE, {"pairs": []})
    await app.say(KEY, "I like tea", "I own a cat")
    await ThreadRun(app).finish()
    await UserRun(app).finish()
    before = await user_state(app)
    assert (before.profiled, before.reconciled) == (2, 0)
    assert (await app.services.flush.run()).users == ["u1"]
    await UserRun(app).finish()
    assert (await user_state(app)).reconciled == 2
    assert (await app.services.flush.run()).users == []
