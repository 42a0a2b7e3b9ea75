"""Episodes from the turns to the documents: which turns they are of, and what they say."""

from tests.conftest import OpenApp
from tests.fakes.answers import (
    episode,
    episode_of_all,
    episodes,
    event,
    summary_of_all,
)
from tests.fakes.chat_model import EPISODES, SUMMARIZE
from tests.unit.services.episode_runs import (
    LATER,
    SMALL,
    open_small,
    say_all,
    segments,
    shown,
    stored_episodes,
    texts,
)
from tests.unit.services.reprocessing import reprocess
from tests.unit.services.runs import KEY, ThreadRun, thread_state


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


async def test_small_talk_that_answers_a_question_is_shown(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await say_all(app, "word 1", role="agent")
    await say_all(app, "hello", "Which day?", role="agent")
    await say_all(app, "great", "word 5", "word 6")
    assert shown(app) == [["word 1", "Which day?", "great"]]


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


async def test_turns_that_are_processed_anew_are_in_no_second_episode(open_app: OpenApp) -> None:
    app = await open_small(open_app)
    await say_all(app, *texts(4))
    await app.services.flush.run("u1")
    await ThreadRun(app).finish()
    before = await stored_episodes(app)
    await reprocess(app)
    await say_all(app, *texts(2, 5))
    await app.services.flush.run("u1")
    await ThreadRun(app).finish()
    assert shown(app) == [texts(4), texts(2, 5)]
    assert await stored_episodes(app) != before
    turns = [turn for record in await segments(app) for turn in record["turn_ids"]]
    assert sorted(turns) == [f"turn-{n}" for n in range(1, 7)]
