"""Episodes under failures: each is written once, and none holds up anything else."""

import pytest

from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.domain.messages import EpisodesJob, StepResult
from tests.conftest import OpenApp
from tests.fakes.answers import episode, episode_of_all, episodes, event
from tests.fakes.chat_model import EPISODES, Payload, Reply
from tests.unit.services.episode_runs import (
    open_small,
    say_all,
    segments,
    stored_episodes,
    texts,
)
from tests.unit.services.runs import FAILED, KEY, ThreadRun, thread_state


async def test_the_answer_that_is_stored_first_is_the_one_that_counts(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await say_all(app, *texts(4))
    await app.say(KEY, *texts(2, 5))
    run = ThreadRun(app)
    plan = await run.plan()
    for title in ("First", "Second"):
        app.model.answer(EPISODES, episodes(episode(title, event("e", "word 1", "t1"))))
        job = EpisodesJob(**run.step(plan).model_dump(), segments=plan.segments)
        await app.services.write_episodes.run(job)
    for _ in range(2):
        await app.services.persist_episodes.run(job)
    assert [d["title"] for d in await stored_episodes(app)] == ["First"]


async def test_a_run_that_is_started_again_asks_no_second_time(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await say_all(app, *texts(4))
    await app.say(KEY, *texts(2, 5))
    run = ThreadRun(app)
    await run.write_episodes(await run.plan())
    again = await run.plan()
    assert again.adopted
    await run.round(again)
    assert app.model.count_calls(EPISODES) == 1
    assert len(await stored_episodes(app)) == 1
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_failing_episodes_hold_neither_extraction_nor_later_turns(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await say_all(app, *texts(4))
    await app.say(KEY, *texts(2, 5))
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    await run.commit(plan, await run.persist(plan), episodes=FAILED)
    await say_all(app, *texts(4, 7))
    state = await thread_state(app)
    assert (state.closed, len(state.segments), len(await segments(app))) == (10, 2, 0)
    assert (await app.services.report_status.run())["failing"]["episodes"] == 1
    app.clock.advance(3600)
    await run.finish()
    assert (await app.services.report_status.run())["failing"]["episodes"] == 0
    assert [record["outcome"] for record in await segments(app)] == ["written", "written"]
    assert "episodes" not in (await thread_state(app)).retry


async def test_segments_that_fail_for_longer_than_the_horizon_are_given_up(
    open_app: OpenApp,
) -> None:
    app = await open_small(open_app, MEMORY_RETRY_HORIZON_SECONDS=100)
    await say_all(app, *texts(4))
    await app.say(KEY, "word 5")
    run = ThreadRun(app)
    for _ in range(2):
        plan = await run.plan()
        await run.commit(plan, None, episodes=FAILED)
        app.clock.advance(4000)
    assert [record["outcome"] for record in await segments(app)] == ["given_up"]
    assert (await thread_state(app)).segments == []


async def test_episodes_that_are_done_are_committed_though_the_extraction_is_put_off(
    open_app: OpenApp,
) -> None:
    app = await open_small(open_app)
    await say_all(app, *texts(4))
    await app.say(KEY, *texts(2, 5))
    run = ThreadRun(app)
    plan = await run.plan()
    await run.commit(plan, FAILED, episodes=await run.write_episodes(plan))
    assert [record["outcome"] for record in await segments(app)] == ["written"]
    app.clock.advance(3600)
    again = await run.plan()
    assert again.adopted
    assert again.segments == []
    await run.finish()
    assert app.model.count_calls(EPISODES) == 1


async def test_what_the_model_refuses_is_left_out_and_the_rest_is_an_episode(
    open_app: OpenApp,
) -> None:
    def refuse_poison(payload: Payload) -> Reply:
        if any("poison" in turn["text"] for turn in payload["turns"]):
            return ModelRefusedError("episodes", "content_filter")
        return episode_of_all(payload)

    app = await open_small(open_app)
    app.model.answer_by(EPISODES, refuse_poison)
    await say_all(app, "word 1", "poison", "word 3", "word 4", "word 5", "word 6")
    documents = await stored_episodes(app)
    assert sorted(i for d in documents for i in d["source_turn_ids"]) == [
        "turn-1",
        "turn-3",
        "turn-4",
    ]
    [record] = await segments(app)
    assert record["refused"] == {"turn-2": "content_filter"}


async def test_an_answer_that_breaks_the_schema_is_asked_for_again(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await say_all(app, *texts(4))
    await app.say(KEY, *texts(2, 5))
    run = ThreadRun(app)
    plan = await run.plan()
    app.model.answer(EPISODES, {"episodes": [{"title": "half"}]})
    with pytest.raises(InvalidAnswerError):
        await run.write_episodes(plan)


async def test_two_workers_write_each_episode_once(open_app: OpenApp) -> None:
    first, second = await open_small(open_app), await open_small(open_app)
    await say_all(first, *texts(4))
    await first.say(KEY, *texts(2, 5))
    plans = [await ThreadRun(app).plan() for app in (first, second)]
    assert plans[1].adopted
    runs = [ThreadRun(first), ThreadRun(second)]
    done: list[tuple[StepResult, StepResult]] = []
    for run, plan in zip(runs, plans, strict=True):
        await run.extract(plan)
        done.append((await run.persist(plan), await run.write_episodes(plan)))
    for run, plan, (extracted, written) in zip(runs, plans, done, strict=True):
        await run.commit(plan, extracted, episodes=written)
    assert len(await stored_episodes(first)) == 1
    assert len(await segments(first)) == 1


async def test_an_episode_that_gets_no_vector_does_not_cost_the_others_theirs(
    open_app: OpenApp,
) -> None:
    app = await open_small(open_app)
    plain = episode("Plain", event("a", "word 1", "t1"))
    refused = episode("Refused", event("b", "word 2", "t2"), summary="poison")
    app.model.answer(EPISODES, episodes(plain, refused))
    await say_all(app, *texts(6))
    found = {item["title"]: "embedding" in item for item in await stored_episodes(app)}
    assert found == {"Plain": True, "Refused": False}
