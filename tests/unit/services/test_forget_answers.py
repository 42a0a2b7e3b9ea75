"""What failed steps have left of a model's answers: of forgotten turns nothing comes back."""

import pytest

from shared.domain.messages import EpisodesJob
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.episode_runs import open_small, say_all, stored_episodes, texts
from tests.unit.services.forgetting import (
    EACH,
    assert_only_rome_is_known,
    converse,
    look,
    rest,
    teach,
)
from tests.unit.services.runs import FAILED, KEY, ThreadRun, UserRun, thread_state

EACH_TWO = {
    "FACT_EXTRACTION_EVERY_N": 2,
    "THREAD_SUMMARY_EVERY_N": 2,
    "USER_SUMMARY_EVERY_N": 0,
    "MEMORY_VANISHED_LIMIT": 1,
}


async def test_the_answer_of_a_summary_that_failed_is_dropped_with_what_it_told(
    open_app: OpenApp,
) -> None:
    """Else the next summary up to that chunk would take it for its own answer."""
    app = await open_app(**EACH)
    teach(app)
    await converse(app, "I live in Rome")
    await app.say(KEY, "I live in Paris")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    extracted = await run.persist(plan)
    await app.services.write_summary.run(run.step(plan))
    await run.commit(plan, extracted, FAILED)
    assert len(await app.find(app.counters, "c.type = 'answer'")) == 1
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    await look(app, 4)
    assert await app.find(app.counters, "c.type = 'answer'") == []
    await rest(app)
    await assert_only_rome_is_known(app)


@pytest.mark.parametrize("attempt", [0, 1])
async def test_an_answer_that_was_dropped_is_not_remembered(
    open_app: OpenApp, attempt: int
) -> None:
    app = await open_app(**EACH_TWO)
    teach(app)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, "I live in Paris", "I own a cat")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    extracted = await run.persist(plan)
    await app.services.write_summary.run(run.step(plan))
    await run.commit(plan, extracted, FAILED)
    await app.turns.delete_item("turn-1", partition_key=["u1", "t1"])
    await app.services.forget_turns.ask(KEY, ["turn-1"])
    app.clock.advance(3600)
    again = await run.plan()
    assert (again.summarize_to, again.adopted) == (plan.summarize_to, False)
    job = run.step(again, attempt=attempt)
    await app.services.write_summary.run(job)
    await run.commit(again, None, await app.services.persist_summary.run(job))
    [summary] = await app.find(app.summaries, "c.type = 'thread_summary'")
    assert summary["metadata"]["structured_summary"]["key_points"] == ["I own a cat"]
    assert summary["metadata"]["edition"] == (await thread_state(app)).summary_edition


async def test_the_answer_of_failed_episodes_goes_with_the_turns_that_it_tells_of(
    open_app: OpenApp,
) -> None:
    app = await open_small(open_app, MEMORY_VANISHED_LIMIT=1)
    await say_all(app, "secret of Paris", *texts(3, 2))
    await app.say(KEY, *texts(2, 5))
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    extracted = await run.persist(plan)
    job = EpisodesJob(**run.step(plan).model_dump(), segments=plan.segments)
    await app.services.write_episodes.run(job)
    await run.commit(plan, extracted, episodes=FAILED)
    await app.turns.delete_item("turn-1", partition_key=["u1", "t1"])
    await look(app, 4)
    assert await app.find(app.counters, "c.type = 'vanished_turns'") == []
    app.clock.advance(3600)
    await run.finish()
    episodes = await stored_episodes(app)
    assert episodes
    assert "Paris" not in str(episodes)


async def test_nothing_of_an_erased_user_comes_back_from_what_a_worker_remembers(
    open_app: OpenApp,
) -> None:
    one, two = await open_app(**EACH), await open_app(**EACH)
    for app in (one, two):
        app.model.answer_by(EXTRACT, fact_of_each_turn)
        app.model.answer_by(PROFILE, profile_of_all)
        app.model.answer_by(SUMMARIZE, summary_of_all)
    await converse(one, "I live in Paris")
    await erase(one)
    other = KEY.model_copy(update={"thread_id": "t9"})
    await two.say(other, "I live in Rome", id="turn-9")
    await ThreadRun(two, other).finish()
    plan = await UserRun(two).plan()
    await UserRun(two).write(plan)
    await UserRun(one).persist(plan)  # the run's next activity, on the other worker
    [profile] = await one.find(one.summaries, "c.type = 'user_summary'")
    assert "Rome" in str(profile)
    assert "Paris" not in str(profile)


async def erase(app: MemoryApp) -> None:
    """Delete every document of the user's, as docs/operate.md says."""
    for container in (app.turns, app.memories, app.summaries, app.counters):
        for item in await app.find(container, "c.user_id = 'u1'"):
            partition = [item["user_id"], item["thread_id"]]
            await container.delete_item(item["id"], partition_key=partition)
