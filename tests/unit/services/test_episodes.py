"""Episodes from the turns to the documents: which turns, once each, whatever fails."""

from typing import Any

import pytest

from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.domain.messages import EpisodesJob, StepResult
from tests.conftest import OpenApp
from tests.fakes.answers import (
    episode,
    episode_of_all,
    episodes,
    event,
    facts,
    summary_of_all,
)
from tests.fakes.chat_model import EPISODES, EXTRACT, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import FAILED, KEY, ThreadRun, thread_state

SMALL = {"EPISODE_EVAL_EVERY_N": 1, "EPISODE_MAX_TURNS": 4, "THREAD_SUMMARY_EVERY_N": 0}
LATER = "2026-07-01T15:00:00+00:00"


async def open_small(open_app: OpenApp, **settings: Any) -> MemoryApp:
    """Chunks of two turns, episodes of at most four."""
    app = await open_app(**{"FACT_EXTRACTION_EVERY_N": 2, **SMALL, **settings})
    app.model.answer_by(EXTRACT, lambda _: facts())
    app.model.answer_by(EPISODES, episode_of_all)
    return app


def texts(count: int, first: int = 1) -> list[str]:
    return [f"word {n}" for n in range(first, first + count)]


async def stored_episodes(app: MemoryApp) -> list[Document]:
    found = await app.find(app.memories, "c.type = 'episodic'")
    return sorted(found, key=lambda item: item["started_at"])


async def segments(app: MemoryApp) -> list[Document]:
    found = await app.find(app.counters, "c.type = 'segment'")
    return sorted(found, key=lambda item: item["first"])


async def say_all(app: MemoryApp, *contents: str, **fields: Any) -> None:
    await app.say(KEY, *contents, **fields)
    await ThreadRun(app).finish()


def shown(app: MemoryApp) -> list[list[str]]:
    """The texts that each episode prompt showed."""
    calls = [call for call in app.model.calls if call.schema_name == EPISODES]
    return [[turn["text"] for turn in call.payload["turns"]] for call in calls]


async def test_a_segment_of_the_full_size_becomes_an_episode_with_the_next_chunk(
    open_app: OpenApp,
) -> None:
    app = await open_small(open_app)
    await say_all(app, *texts(4))
    assert shown(app) == []
    await say_all(app, *texts(2, 5))
    assert shown(app) == [texts(4)]
    [document] = await stored_episodes(app)
    assert document["source_turn_ids"] == [f"turn-{n}" for n in range(1, 5)]
    assert (await thread_state(app)).segments == []


async def test_every_turn_of_a_long_thread_is_shown_once_in_order(open_app: OpenApp) -> None:
    app = await open_small(open_app, EPISODE_MAX_TURNS=5)
    for first in range(1, 25, 3):
        await say_all(app, *texts(3, first))
    await app.services.flush.run("u1")
    await ThreadRun(app).finish()
    assert [len(part) for part in shown(app)] == [5, 5, 5, 5, 4]
    assert [text for part in shown(app) for text in part] == texts(24)
    records = await segments(app)
    assert [len(record["turn_ids"]) for record in records] == [5, 5, 5, 5, 4]
    documents = await stored_episodes(app)
    assert [record["memory_ids"] for record in records] == [[d["id"]] for d in documents]


async def test_a_pause_in_the_conversation_ends_an_episode(open_app: OpenApp) -> None:
    app = await open_small(open_app, EPISODE_MAX_TURNS=40)
    await say_all(app, *texts(2))
    await say_all(app, "later 1", "later 2", created_at=LATER)
    await say_all(app, "later 3", "later 4", created_at=LATER)
    assert shown(app) == [texts(2)]
    assert (await thread_state(app)).open_segment is not None


async def test_a_conversation_that_never_resumes_gives_its_episode_after_the_silence(
    open_app: OpenApp,
) -> None:
    app = await open_small(open_app)
    await say_all(app, "one", "two")
    app.clock.advance(600)
    assert (await app.services.sweep.run()).threads == []
    app.clock.advance(3600)
    assert (await app.services.sweep.run()).threads == [KEY]
    await ThreadRun(app).finish()
    assert shown(app) == [["one", "two"]]
    app.clock.advance(3600)
    assert (await app.services.sweep.run()).threads == []


async def test_a_single_turn_is_no_episode_and_keeps_nobody_busy(open_app: OpenApp) -> None:
    app = await open_small(open_app, FACT_EXTRACTION_EVERY_N=1)
    await say_all(app, "alone")
    app.clock.advance(4000)
    assert (await app.services.sweep.run()).threads == []
    await app.services.flush.run("u1")
    await ThreadRun(app).finish()
    assert shown(app) == []
    assert (await thread_state(app)).settle_to == 0


async def test_a_flush_ends_the_open_episode_and_summary_and_episode_are_one_claim(
    open_app: OpenApp,
) -> None:
    app = await open_small(open_app, THREAD_SUMMARY_EVERY_N=10)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await say_all(app, "one", "two")
    await app.services.flush.run("u1")
    plan = await ThreadRun(app).plan()
    assert (plan.summarize_to, len(plan.segments)) == (1, 1)
    await ThreadRun(app).round(plan)
    assert len(await stored_episodes(app)) == 1
    assert not (await ThreadRun(app).plan()).due


async def test_an_episode_has_the_shape_that_readers_expect(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    moments = [f"2026-07-01T10:00:0{n}+00:00" for n in range(4)]
    for moment in moments:
        await app.say(KEY, f"At {moment}", created_at=moment, agent_id="helper")
    answer = episode(
        "A trip",
        event("It began", "at 2026-07-01T10:00:01", "t2"),
        event("It ended", "At  2026-07-01T10:00:03", "t1"),
        event("Never said", "nobody said this", "t3"),
        outcome={"status": "splendid", "description": "All well."},
        lessons=["Book early.", "Book  early."],
        tags=["UI Theme"],
        salience=7.0,
        summary="They went.",
    )
    app.model.answer(EPISODES, episodes(answer))
    await ThreadRun(app).finish()
    await app.services.flush.run("u1")
    await ThreadRun(app).finish()
    [document] = await stored_episodes(app)
    assert document["started_at"] == moments[0]
    assert document["ended_at"] == document["created_at"] == document["updated_at"] == moments[3]
    assert document["content"] == "They went."
    assert [item["sequence"] for item in document["events"]] == [1, 2]
    assert document["events"][1]["source_turn_ids"] == ["turn-4", "turn-1"]
    assert document["source_turn_ids"] == ["turn-2", "turn-4", "turn-1"]
    assert [item["turn_id"] for item in document["metadata"]["evidence"]] == ["turn-2", "turn-4"]
    assert document["outcome"] == {"status": "unknown", "description": "All well."}
    assert document["lessons"] == ["Book early."]
    assert document["tags"] == ["sys:auto-extracted", "sys:episodic", "topic:ui-theme"]
    assert (document["ttl"], document["salience"]) == (7776000, 1.0)
    assert document["agent_id"] == "helper"
    assert len(document["embedding"]) == 16
    [record] = await segments(app)
    assert (record["outcome"], record["dropped_events"]) == ("written", 1)
    assert (record["prompt_tokens"], record["completion_tokens"]) == (100, 10)
    cursor = await app.read(app.memories, "episode_cursor_u1_t1", KEY)
    assert (cursor["last_episode_at"], cursor["last_episode_id"]) == (moments[3], "turn-4")
    assert {"tags", "content"}.isdisjoint(cursor)


async def test_an_episode_without_a_proven_event_is_not_stored(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    app.model.answer(EPISODES, episodes(episode("Made up", event("No", "never said", "t1"))))
    await say_all(app, *texts(6))
    assert await stored_episodes(app) == []
    [record] = await segments(app)
    assert record["outcome"] == "empty"


async def test_no_turn_is_a_source_of_two_episodes(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    first = episode("First", event("a", "word 1", "t1", "t2"))
    second = episode("Second", event("b", "word 2", "t2"), event("c", "word 3", "t2", "t3"))
    app.model.answer(EPISODES, episodes(first, second))
    await say_all(app, *texts(6))
    sources = {d["title"]: d["source_turn_ids"] for d in await stored_episodes(app)}
    assert sources == {"First": ["turn-1", "turn-2"], "Second": ["turn-3"]}


async def test_turns_that_nobody_could_read_do_not_go_into_an_episode(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await app.write(KEY, "kept 1")
    gone = await app.write(KEY, "gone")
    stored = [
        *gone,
        *await app.write(KEY, "elsewhere", extracted_at=LATER),
        *await app.write(KEY, "kept 2", "kept 3", "hello!", "kept 4"),
    ]
    await app.turns.delete_item(gone[0]["id"], partition_key=["u1", "t1"])
    await app.services.count_turns.run(stored)
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan, attempt=5)
    await run.commit(plan, await run.persist(plan))
    await run.finish()
    await app.services.flush.run("u1")
    await run.finish()
    assert [text for part in shown(app) for text in part] == ["kept 2", "kept 3", "kept 4"]
    [record] = await segments(app)
    assert len(record["turn_ids"]) == 4  # small talk belongs to it, and is not shown


async def test_a_segment_of_small_talk_costs_no_call(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await say_all(app, "hello", "hi", "thanks", "bye", "word 1", "word 2")
    assert app.model.count_calls(EPISODES) == 0
    assert [record["outcome"] for record in await segments(app)] == ["empty"]


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
    app.clock.advance(3600)
    await run.finish()
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


async def test_a_change_of_subject_splits_a_segment_where_that_is_wanted(
    open_app: OpenApp,
) -> None:
    app = await open_small(open_app, EPISODE_TOPIC_DRIFT=0.5)
    await say_all(app, "tea tea tea", "tea tea", "car car", "car car car", "word 5", "word 6")
    assert shown(app) == [["tea tea tea", "tea tea"], ["car car", "car car car"]]
    ids = [d["id"] for d in await stored_episodes(app)]
    assert len(set(ids)) == 2


async def test_the_prompt_does_not_grow_with_the_length_of_turns(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await say_all(app, *["word " * 20_000] * 4, *texts(2))
    assert sum(len(text) for text in shown(app)[0]) <= 24_000


async def test_episodes_are_written_without_an_extraction(open_app: OpenApp) -> None:
    app = await open_app(**SMALL, FACT_EXTRACTION_EVERY_N=0)
    app.model.answer_by(EPISODES, episode_of_all)
    for n in range(1, 7):
        await say_all(app, f"word {n}")
    assert shown(app) == [texts(4)]


async def test_switched_off_there_are_none_and_afterwards_the_next_chunk_begins_the_first(
    open_app: OpenApp,
) -> None:
    off = await open_small(open_app, EPISODE_EVAL_EVERY_N=0)
    await say_all(off, *texts(6))
    on = await open_small(open_app)
    on._written = 6  # pyright: ignore[reportPrivateUsage]
    await say_all(on, *texts(6, 7))
    assert shown(on) == [texts(4, 7)]


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
