"""Flaws 15 to 21: work done twice, counts that drift, summaries that forget."""

from collections import Counter
from typing import Any, cast

import pytest

from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import Document, MemoryApp
from tests.long_run import but_for_long_runs
from tests.unit.services.runs import user_state
from tests.workflow.flaws.conversation import KEY, Conversation, cats, said

COUNTERS = KEY.model_copy(update={"thread_id": "__counters__"})


def end_what_was_said_of_cat_3(payload: Payload) -> Reply:
    """A fact of each turn; that the cat was sold takes the place of that it is owned."""
    answer = cast("dict[str, list[dict[str, Any]]]", fact_of_each_turn(payload))
    known = [item["id"] for item in payload["known"] if item["text"] == "Said: I own cat 3"]
    for item in answer["facts"]:
        if item["quote"] == "I sold cat 3":
            item["supersedes"] = known
    return answer


async def test_15_redelivery_after_the_work_is_done_costs_and_changes_nothing(
    talk: Conversation,
) -> None:
    documents = await talk.say(*cats(5))
    before = await talk.facts()
    for _ in range(3):
        assert (await talk.deliver(documents)).due == []
    assert talk.shown() == dict.fromkeys(cats(5), 1)
    assert await talk.facts() == before
    assert await talk.count("thread:u1:t1", KEY) == 5


async def test_16_redelivery_in_other_groups_counts_each_turn_once(talk: Conversation) -> None:
    documents = await talk.app.write(KEY, *cats(15))
    for group in (documents[:10], documents, documents[5:], documents[3:4], documents[::-1]):
        await talk.deliver(group)
    await talk.rest()
    assert await talk.count("thread:u1:t1", KEY) == await talk.count("user:u1", COUNTERS) == 15
    assert talk.shown() == dict.fromkeys(cats(15), 1)
    assert await talk.contents() == said(*cats(15))


def number(documents: list[Document], first: int) -> list[Document]:
    """The documents under numbers of the feed that begin here."""
    return [{**document, "_lsn": n} for n, document in enumerate(documents, first)]


async def test_17_numbers_of_the_feed_that_differ_by_partition_hold_up_no_thread_and_no_user(
    talk: Conversation,
) -> None:
    other = KEY.model_copy(update={"thread_id": "on another partition"})
    await talk.deliver(number(await talk.app.write(KEY, *cats(20)), 9_000))
    await talk.deliver(number(await talk.app.write(other, *cats(25, 20)), 1))
    await talk.deliver(number(await talk.app.write(KEY, *cats(5, 45)), 8_000))
    assert await talk.count("thread:u1:t1", KEY) == 25
    assert await talk.count(f"thread:u1:{other.thread_id}", other) == 25
    assert await talk.count("user:u1", COUNTERS) == 50
    assert await talk.contents() == said(*cats(20), *cats(5, 45))
    assert await talk.contents(other) == said(*cats(25, 20))
    assert (await user_state(talk.app)).profiled >= 40


async def test_17_a_container_of_turns_that_is_made_anew_stops_nothing(talk: Conversation) -> None:
    await talk.deliver(number(await talk.app.write(KEY, *cats(20)), 9_000))
    await talk.app.create_turns_anew()
    await talk.deliver(number(await talk.app.write(KEY, *cats(20, 20)), 1))
    assert await talk.contents() == said(*cats(40))
    assert await talk.count("thread:u1:t1", KEY) == 40
    assert await talk.count("user:u1", COUNTERS) == 40
    assert (await user_state(talk.app)).profiled == 40
    summary = await talk.app.read(talk.app.summaries, "summary_u1_t1", KEY)
    assert summary["metadata"]["source_count"] == 40


async def test_18_a_changed_turn_is_no_new_turn(talk: Conversation) -> None:
    documents = await talk.say(*cats(50))
    await talk.rest()
    calls = len(talk.app.model.calls)
    for document in documents:
        changed = {**document, "metadata": {"seen": True}, "tags": ["x"], "embedding": [0.5]}
        written = await talk.app.turns.upsert_item(changed)
        await talk.deliver([dict(written)])
    await talk.rest()
    assert len(talk.app.model.calls) == calls
    assert await talk.count("thread:u1:t1", KEY) == 50


async def test_18_processing_writes_nothing_to_the_turns(talk: Conversation) -> None:
    documents = await talk.say(*cats(10))
    await talk.rest()
    stored = {turn["id"]: turn["_etag"] for turn in await talk.app.find(talk.app.turns)}
    assert stored == {document["id"]: document["_etag"] for document in documents}


@pytest.mark.parametrize("seed", but_for_long_runs(range(3)))
async def test_19_steps_that_fail_before_or_after_their_work_neither_read_again_nor_skip_a_turn(
    app: MemoryApp, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    talk = Conversation(app, monkeypatch, seed=seed, failures=0.4)
    for first in range(0, 40, 4):
        await talk.say(*cats(4, first))
    await talk.rest()
    talk.processor.failures = 0.0
    await talk.rest()
    assert talk.processor.failed > 5
    records = await app.find(app.counters, "c.type = 'chunk'")
    members = [turn_id for record in records for turn_id in record["turn_ids"]]
    assert len(members) == len(set(members)) == 40
    assert await talk.contents() == said(*cats(40))


async def test_20_every_turn_of_a_burst_reaches_a_summary(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Conversation(await open_app(THREAD_SUMMARY_EVERY_N=40), monkeypatch)
    await talk.say(*cats(200))
    await talk.rest()
    assert talk.shown(SUMMARIZE) == dict.fromkeys(cats(200), 1)
    summary = await talk.app.read(talk.app.summaries, "summary_u1_t1", KEY)
    assert summary["metadata"]["source_count"] == 200


async def test_21_every_active_fact_reaches_the_profile_and_no_superseded_one_stays(
    talk: Conversation,
) -> None:
    await talk.say(*cats(20))
    await talk.rest()
    await talk.say(*cats(20, 20), created_at="2019-01-01T00:00:00+00:00")
    await talk.rest()
    other = KEY.model_copy(update={"thread_id": "another"})
    await talk.say(*cats(5, 18), key=other)
    await talk.rest()
    calls = [call for call in talk.app.model.calls if call.schema_name == PROFILE]
    shown = [item["text"] for call in calls for item in call.payload["facts"]]
    told_again = sorted((Counter(shown) - Counter(said(*cats(40)))).elements())
    assert set(shown) == set(said(*cats(40)))
    assert told_again in ([], said(*cats(5, 18))), "a second thread's are folded, as said again"
    talk.app.model.answer_by(EXTRACT, end_what_was_said_of_cat_3)
    await talk.say("I sold cat 3", *cats(4, 40), key=other)
    await talk.rest()
    where = KEY.model_copy(update={"thread_id": "__user_summary__"})
    profile = await talk.app.read(talk.app.summaries, "user_summary_u1", where)
    told = profile["metadata"]["structured_summary"]["key_facts"]
    assert sorted(told) == said(*cats(3), *cats(40, 4), "I sold cat 3")
