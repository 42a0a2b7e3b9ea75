"""Flaws 9 to 11 and 13: what reaches the wrong user, or a place where it cannot be erased."""

import inspect
import json

import pytest
from pydantic import ValidationError

from shared.domain.identifiers import thread_instance_id
from shared.domain.turns import ThreadKey
from shared.ports import (
    ChangedMemories,
    CitingMemories,
    EpisodeStore,
    FactStore,
    ProcedureStore,
    SummaryStore,
)
from tests.contract.adapters.stores import Stores
from tests.fakes.chat_model import PROFILE
from tests.fakes.embedder import embed_words
from tests.workflow.flaws.conversation import KEY, Conversation, cats, said

CANARY = "passport X1234567"


async def test_09_ids_that_only_look_alike_when_joined_are_different_threads(
    talk: Conversation,
) -> None:
    pair = [
        ThreadKey(user_id="acme:bob", thread_id="chat"),
        ThreadKey(user_id="acme", thread_id="bob:chat"),
    ]
    assert len({thread_instance_id(key.user_id, key.thread_id) for key in pair}) == 2
    first = await talk.app.write(pair[0], *cats(5))
    second = await talk.app.write(pair[1], *cats(5, 5))
    await talk.deliver([*first, *second])
    assert await talk.contents(pair[0]) == said(*cats(5))
    assert await talk.contents(pair[1]) == said(*cats(5, 5))


async def test_10_no_text_of_a_turn_or_memory_and_no_vector_is_in_any_history(
    talk: Conversation,
) -> None:
    await talk.say(*[f"My {CANARY} is number {n}" for n in range(25)])
    await talk.rest()
    assert await talk.contents()
    payloads = [call.payload for hub in talk.processor.hubs for call in hub.calls]
    assert payloads
    assert max(len(json.dumps(payload)) for payload in payloads) < 4_000
    events = [
        event.SerializeToString()
        for hub in talk.processor.hubs
        for history in hub.histories
        for event in history
    ]
    assert max(map(len, events)) < 4_000
    assert not [event for event in events if b"passport" in event]


async def test_11_every_memory_names_the_turns_that_it_came_of(talk: Conversation) -> None:
    documents = await talk.say(*cats(9), CANARY)
    await talk.rest()
    turn_ids = {document["id"] for document in documents}
    memories = await talk.facts()
    assert len(memories) == 10
    for memory in memories:
        assert set(memory["source_turn_ids"]) <= turn_ids
        assert memory["source_turn_ids"]
        [evidence] = memory["metadata"]["evidence"]
        said_by = {document["id"]: document["content"] for document in documents}
        assert evidence["quote"] in said_by[evidence["turn_id"]]
    summary = await talk.app.read(talk.app.summaries, "summary_u1_t1", KEY)
    first, last = summary["metadata"]["chunks"]
    records = await talk.app.find(
        talk.app.counters, "c.type = 'chunk' AND c.chunk BETWEEN @a AND @b", a=first, b=last
    )
    assert {turn_id for record in records for turn_id in record["turn_ids"]} == turn_ids


async def test_13_nothing_of_one_user_is_shown_or_ended_for_another(talk: Conversation) -> None:
    other = ThreadKey(user_id="u2", thread_id="t1")
    await talk.say(*cats(5))
    await talk.say(*cats(5), key=other)
    await talk.rest()
    assert await talk.contents() == await talk.contents(other) == said(*cats(5))
    for key in (KEY, other):
        assert all(memory["user_id"] == key.user_id for memory in await talk.facts(key))
    for call in talk.app.model.calls:
        known = call.payload.get("known") or []
        assert not known, "the first chunk of each user is shown nothing of the other"
    profiles = [call for call in talk.app.model.calls if call.schema_name == PROFILE]
    assert len(profiles) == 2
    assert all(len(call.payload["facts"]) == 5 for call in profiles)


@pytest.mark.parametrize(
    "port",
    [ChangedMemories, CitingMemories, EpisodeStore, FactStore, ProcedureStore, SummaryStore],
)
def test_13_no_port_is_asked_for_memories_without_saying_whose(port: type) -> None:
    for name, method in inspect.getmembers(port, inspect.isfunction):
        if name.startswith("_"):
            continue
        needed = {
            parameter.name
            for parameter in inspect.signature(method).parameters.values()
            if parameter.default is inspect.Parameter.empty
        }
        assert needed & {"key", "user_id", "document"}, name
    for user in ({}, {"user_id": None}):
        with pytest.raises(ValidationError):
            ThreadKey.model_validate({"thread_id": "t1", **user})


async def test_13_what_one_user_has_said_is_not_found_for_another(talk: Conversation) -> None:
    stranger = ThreadKey(user_id="u2", thread_id="t1")
    turns = await talk.say(*cats(5))
    await talk.rest()
    facts_of_user = await talk.facts()
    stores, ids = Stores(talk.app), [fact["id"] for fact in facts_of_user]
    hashes = [fact["content_hash"] for fact in facts_of_user]
    near = embed_words(str(facts_of_user[0]["content"]))
    turn_ids = [turn["id"] for turn in turns]

    async def find(key: ThreadKey) -> list[int]:
        user = key.user_id
        found = (
            await stores.facts.load(user, ids),
            await stores.facts.nearest(user, near, 20),
            await stores.facts.newest(user, 20),
            await stores.facts.same_content(user, hashes),
            await stores.changed.since(user, 0, []),
            await stores.summaries.load(key, "summary_u1_t1") or {},
            await stores.turns.read(key, turn_ids),
        )
        return [len(each) for each in found]

    assert all(await find(KEY))
    assert not any(await find(stranger))
