"""Flaws 3 to 6, 8 and 22 to 24: turns that never become memories."""

from urllib.parse import quote

import pytest

from shared.domain.errors import ModelRefusedError, ModelUnavailableError
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn
from tests.fakes.chat_model import EXTRACT, Payload, Reply
from tests.fakes.durable_client import DurableClient
from tests.unit.services.failing_threads import counting
from tests.workflow.flaws.conversation import KEY, Conversation, cats, said
from tests.workflow.flaws.feed import ChangeFeed


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 0])
async def test_03_an_error_of_the_model_is_retried_until_it_answers(
    talk: Conversation, status: int
) -> None:
    talk.app.model.answer(EXTRACT, *[ModelUnavailableError("extract", status)] * 7)
    await talk.say(*cats(5))
    assert await talk.contents() == []
    await talk.rest()
    assert await talk.contents() == said(*cats(5))


async def test_04_a_turn_that_lands_while_others_are_read_displaces_none(
    talk: Conversation,
) -> None:
    report = await talk.app.services.count_turns.run(await talk.app.write(KEY, *cats(5)))
    reply = await talk.app.write(KEY, "I see, five cats", role="agent")
    await talk.processor.process(*report.due)
    await talk.deliver(reply)
    await talk.rest()
    assert talk.shown() == dict.fromkeys([*cats(5), "I see, five cats"], 1)


async def test_05_late_imported_and_skewed_turns_are_each_read_once(talk: Conversation) -> None:
    await talk.say(*cats(5))
    await talk.say(*cats(5, 5), created_at="2019-01-01T00:00:00+00:00")
    await talk.say(*cats(5, 10), created_at="2031-01-01T00:00:00+00:00")
    await talk.say(*cats(5, 15), created_at="yesterday")
    assert talk.shown() == dict.fromkeys(cats(20), 1)
    assert await talk.contents() == said(*cats(20))


async def test_06_one_thread_that_cannot_be_counted_costs_no_other_and_is_counted_later(
    talk: Conversation,
) -> None:
    keys = [ThreadKey(user_id=f"user {name}", thread_id=name) for name in "abcd"]
    written = [await talk.app.write(key, *cats(5)) for key in keys]
    batch = [document for documents in written for document in documents]
    counter, _ = counting(talk.app, {"b"})
    report = await counter.run(batch)
    await talk.processor.process(*report.due)
    for key in keys:
        assert await talk.contents(key) == (said(*cats(5)) if key.thread_id != "b" else [])
    await talk.rest()
    for key in keys:
        assert await talk.contents(key) == said(*cats(5))
        assert await talk.count(f"thread:{key.user_id}:{key.thread_id}", key) == 5


ODD_IDS = [
    "google-oauth2/1",
    "a#b?c",
    "@ada",
    "\\\\share\\x",
    "ada@example.com:7",
    "雪の人 🧤",
    "x" * 500,
]


async def test_08_whatever_signs_an_id_has_its_batch_is_processed(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the trigger on, and under instance ids that need no escaping in an address."""
    client = talk.processor.client
    keys = [ThreadKey(user_id=user, thread_id=thread) for user in ODD_IDS for thread in ("t", user)]
    written = [await talk.app.write(key, *cats(5)) for key in keys]
    feed = ChangeFeed(talk.app, monkeypatch, client)
    await feed.deliver([document for documents in written for document in documents])
    started = {instance_id: job["user_id"] for _, instance_id, job in client.started}
    assert sorted(started.values()) == sorted(key.user_id for key in keys)
    await talk.processor.run_started()
    await talk.rest()
    for key in keys:
        assert await talk.contents(key) == said(*cats(5))
    run = {turn.request.instanceId for hub in talk.processor.hubs for turn in hub.turns}
    assert started.keys() < run
    assert all(quote(instance_id, safe=":") == instance_id for instance_id in run)


async def test_22_a_short_chat_becomes_memories_without_further_turns(talk: Conversation) -> None:
    await talk.say(*cats(3))
    assert await talk.contents() == []
    await talk.rest()
    assert await talk.contents() == said(*cats(3))
    kinds = {item["type"] for item in await talk.app.find(talk.app.summaries)}
    assert kinds == {"thread_summary", "user_summary"}


async def test_23_an_outage_of_hours_costs_nothing_and_poison_is_listed(talk: Conversation) -> None:
    def down_then_up(payload: Payload) -> Reply:
        if talk.app.clock.now() < recovers_at:
            return ModelUnavailableError("extract", 503)
        if any("poison" in turn["text"] for turn in payload["turns"]):
            return ModelRefusedError("extract", "content_filter")
        return fact_of_each_turn(payload)

    recovers_at = talk.app.clock.now() + 2 * 3600
    talk.app.model.answer_by(EXTRACT, down_then_up)
    await talk.say(*cats(9), "poison")
    for _ in range(20):
        talk.app.clock.advance(600)
        report = await talk.app.services.sweep.run()
        await talk.processor.process(*report.threads)
    await talk.rest()
    assert await talk.contents() == said(*cats(9))
    [letter] = await talk.app.services.dead_letters.box.find("u1", None, "", 10)
    assert (letter.reason, letter.attempts) == ("content_filter", 1)


async def test_24_a_batch_that_reaches_an_app_that_is_off_is_processed_when_it_is_on(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = await open_app(MEMORY_PROCESSOR_OWNER="inprocess")
    client = DurableClient()
    before_it_ran = await off.write(KEY, *cats(2))
    delivered = await off.write(KEY, *cats(5, 2))
    await ChangeFeed(off, monkeypatch, client).deliver(delivered)
    assert client.started == []
    assert await off.find(off.counters) == []
    on = Conversation(await open_app(), monkeypatch)
    on.app.clock.advance(86_400)
    await on.rest()
    assert await on.contents() == said(*cats(7))
    assert on.shown() == dict.fromkeys(cats(7), 1)
    assert await on.count("thread:u1:t1", KEY) == len([*before_it_ran, *delivered])
