import asyncio
from typing import Any

import pytest

from shared.domain.errors import ConflictError
from shared.domain.facts import Evidence, GroundedFact, KnownFact, build_fact_document
from shared.domain.text import content_hash
from shared.domain.turns import ThreadKey
from tests.contract.adapters.stores import KEY, Stores
from tests.fakes.embedder import embed_words
from tests.fakes.memory_app import MemoryApp

OTHER_THREAD = ThreadKey(user_id="u1", thread_id="t2")
OTHER_USER = ThreadKey(user_id="u2", thread_id="t1")


def grounded(content: str, turn_id: str = "turn-1", **fields: Any) -> GroundedFact:
    return GroundedFact(
        content=content,
        content_hash=content_hash(content),
        category="preference",
        confidence=0.9,
        salience=0.5,
        temporal_context=None,
        topics=[],
        source=fields.pop("source", "user"),
        source_turn_ids=[turn_id],
        evidence=[Evidence(turn_id=turn_id, quote=content)],
        created_at="2026-07-01T10:00:00+00:00",
        **fields,
    )


def document_of(fact: GroundedFact, key: ThreadKey = KEY) -> dict[str, Any]:
    return build_fact_document(fact, key, embed_words(fact.content), ("p", "1"))


async def create(stores: Stores, *contents: str, key: ThreadKey = KEY) -> list[KnownFact]:
    documents = [document_of(grounded(content), key) for content in contents]
    assert await stores.facts.create(key, documents) == len(contents)
    known = await stores.facts.load(key.user_id, [item["id"] for item in documents])
    return [known[item["id"]] for item in documents]


async def test_creating_facts_twice_creates_them_once_and_changes_none(
    stores: Stores, app: MemoryApp
) -> None:
    await create(stores, "likes tea")
    before = await app.find(app.memories)
    both = [document_of(grounded("likes tea", "later turn")), document_of(grounded("is Ana"))]
    assert await stores.facts.create(KEY, both) == 1
    assert await stores.facts.create(KEY, both) == 0
    after = await app.find(app.memories)
    assert len(after) == 2
    assert before[0] in after


async def test_more_facts_than_a_batch_holds_are_all_created(
    stores: Stores, app: MemoryApp
) -> None:
    documents = [document_of(grounded(f"fact number {n}")) for n in range(60)]
    assert await stores.facts.create(KEY, documents[30:31]) == 1
    assert await stores.facts.create(KEY, documents) == 59
    assert len(await app.find(app.memories)) == 60
    assert await stores.facts.create(KEY, []) == 0


async def test_a_fact_is_loaded_with_what_the_deduplication_needs(stores: Stores) -> None:
    [known] = await create(stores, "likes tea")
    assert known.thread_id == "t1"
    assert known.content == "likes tea"
    assert known.content_hash == content_hash("likes tea")
    assert (known.source, known.superseded_by) == ("user", None)
    assert known.source_turn_ids == ["turn-1"]


async def test_loading_finds_superseded_facts_of_all_threads_and_no_others(
    stores: Stores,
) -> None:
    [here] = await create(stores, "likes tea")
    [there] = await create(stores, "likes tea", key=OTHER_THREAD)
    [foreign] = await create(stores, "likes tea", key=OTHER_USER)
    await stores.facts.supersede("u1", here, there.id, "duplicate", "2026")
    found = await stores.facts.load("u1", [here.id, there.id, foreign.id, "fact_unknown"])
    assert set(found) == {here.id, there.id}
    assert found[here.id].superseded_by == there.id
    assert await stores.facts.load("u1", []) == {}


async def test_the_nearest_facts_come_first_and_only_active_ones_of_the_user(
    stores: Stores,
) -> None:
    contents = ["ana likes green tea", "ana likes tea", "berlin is big", "ana hates green tea"]
    known = await create(stores, *contents)
    await create(stores, "likes green tea", key=OTHER_USER)
    [there] = await create(stores, "likes green tea", key=OTHER_THREAD)
    await stores.facts.supersede("u1", known[3], known[0].id, "contradict", "2026")
    nearest = await stores.facts.nearest("u1", embed_words("likes green tea"), 3)
    assert [fact.id for fact in nearest] == [there.id, known[0].id, known[1].id]


@pytest.mark.parametrize("changes", [{"content": None}, {"content": 7}, {"content_hash": {}}])
async def test_a_fact_of_another_writer_that_is_none_for_us_hides_no_other(
    stores: Stores, app: MemoryApp, changes: dict[str, Any]
) -> None:
    fine, odd = document_of(grounded("likes tea")), document_of(grounded("likes green tea"))
    odd = {name: value for name, value in {**odd, **changes}.items() if value is not None}
    for document in (fine, odd):
        await app.memories.create_item(document)
    seen = [
        await stores.facts.nearest("u1", embed_words("likes tea"), 5),
        await stores.facts.newest("u1", 5),
        list((await stores.facts.load("u1", [fine["id"], odd["id"]])).values()),
    ]
    assert [[fact.id for fact in facts] for facts in seen] == [[fine["id"]]] * 3


async def test_a_fact_without_metadata_keeps_its_date(stores: Stores, app: MemoryApp) -> None:
    bare = {k: v for k, v in document_of(grounded("likes tea")).items() if k != "metadata"}
    await app.memories.create_item(bare)
    [known] = await stores.facts.newest("u1", 5)
    assert not await stores.facts.note_said("u1", known, "2026-07-09")


async def test_the_nearest_of_a_user_without_facts_are_none(stores: Stores) -> None:
    assert await stores.facts.nearest("u1", embed_words("tea"), 5) == []


async def test_a_fact_without_a_vector_does_not_hide_the_others(stores: Stores) -> None:
    plain = build_fact_document(grounded("no vector"), KEY, None, ("p", "1"))
    await stores.facts.create(KEY, [plain])
    [known] = await create(stores, "likes tea")
    nearest = await stores.facts.nearest("u1", embed_words("tea"), 5)
    assert known.id in [fact.id for fact in nearest]


async def test_absorbing_adds_the_evidence_once(stores: Stores, app: MemoryApp) -> None:
    [known] = await create(stores, "likes tea")
    more = grounded("enjoys tea", "turn-2")
    await stores.facts.absorb(known, "u1", more, revive=False)
    [once] = await app.find(app.memories)
    await stores.facts.absorb(known, "u1", more, revive=False)
    [twice] = await app.find(app.memories)
    assert once == twice
    assert once["source_turn_ids"] == ["turn-1", "turn-2"]
    assert once["content"] == "likes tea"
    assert [item["turn_id"] for item in once["metadata"]["evidence"]] == ["turn-1", "turn-2"]
    assert once["embedding"] == pytest.approx(embed_words("likes tea"))


async def test_absorbing_into_a_fact_that_was_erased_does_nothing(
    stores: Stores, app: MemoryApp
) -> None:
    [known] = await create(stores, "likes tea")
    await app.memories.delete_item(known.id, partition_key=["u1", "t1"])
    again = grounded("enjoys tea", "turn-2")
    assert not await stores.facts.absorb(known, "u1", again, revive=True)
    assert await app.find(app.memories) == []


async def test_a_fact_is_superseded_once_and_the_first_reason_stays(
    stores: Stores, app: MemoryApp
) -> None:
    tea, coffee = await create(stores, "likes tea", "likes coffee")
    assert await stores.facts.supersede("u1", tea, coffee.id, "contradict", "2026-07-01")
    assert not await stores.facts.supersede("u1", tea, "fact_other", "duplicate", "2026-08-01")
    item = await app.read(app.memories, tea.id, KEY)
    assert (item["superseded_by"], item["supersede_reason"]) == (coffee.id, "contradict")
    assert item["superseded_at"] == "2026-07-01"
    unknown = tea.model_copy(update={"id": "fact_unknown"})
    assert not await stores.facts.supersede("u1", unknown, coffee.id, "contradict", "2026")


async def test_a_fact_that_was_said_again_since_it_was_read_is_not_superseded(
    stores: Stores,
) -> None:
    tea, coffee = await create(stores, "likes tea", "likes coffee")
    later = "2026-07-09T10:00:00+00:00"
    again = grounded("likes tea", "turn-2").model_copy(update={"created_at": later})
    await stores.facts.absorb(tea, "u1", again, revive=False)
    assert not await stores.facts.supersede("u1", tea, coffee.id, "contradict", "2026")
    known = (await stores.facts.load("u1", [tea.id]))[tea.id]
    assert (known.created_at, known.said_at) == (tea.created_at, later)
    assert await stores.facts.supersede("u1", known, coffee.id, "contradict", "2026")


async def test_a_word_said_elsewhere_is_noted_on_a_fact_that_has_not_changed_meanwhile(
    stores: Stores,
) -> None:
    tea, coffee = await create(stores, "likes tea", "likes coffee")
    assert await stores.facts.note_said("u1", tea, "2026-07-05")
    assert not await stores.facts.note_said("u1", tea, "2026-07-03")
    known = (await stores.facts.load("u1", [tea.id]))[tea.id]
    assert known.said_at == "2026-07-05"
    assert await stores.facts.note_said("u1", known, "2026-07-09")
    await stores.facts.supersede("u1", coffee, tea.id, "contradict", "2026")
    assert not await stores.facts.note_said("u1", coffee, "2026-07-09")
    assert not await stores.facts.note_said("u1", coffee.model_copy(update={"id": "x"}), "2026")


async def test_a_fact_whose_mark_is_null_is_active(stores: Stores, app: MemoryApp) -> None:
    document = {**document_of(grounded("likes tea")), "superseded_by": None}
    await app.memories.create_item(document)
    [known] = await stores.facts.nearest("u1", embed_words("tea"), 5)
    assert await stores.facts.supersede("u1", known, "fact_other", "contradict", "2026")


async def test_a_revived_fact_is_active_again_with_no_trace_of_its_end(
    stores: Stores, app: MemoryApp
) -> None:
    tea, coffee = await create(stores, "likes tea", "likes coffee")
    await stores.facts.supersede("u1", tea, coffee.id, "contradict", "2026")
    again = grounded("likes tea", "turn-9").model_copy(update={"created_at": "2027"})
    for _ in range(2):
        await stores.facts.absorb(tea, "u1", again, revive=True)
    item = await app.read(app.memories, tea.id, KEY)
    assert not {"superseded_by", "supersede_reason", "superseded_at"} & set(item)
    assert item["created_at"] == "2027"
    found = await stores.facts.nearest("u1", embed_words("likes tea"), 5)
    assert found[0].id == tea.id


async def test_writers_that_absorb_at_once_lose_no_evidence(stores: Stores, app: MemoryApp) -> None:
    [known] = await create(stores, "likes tea")

    async def absorb(turn_id: str) -> None:
        while True:
            try:
                await stores.facts.absorb(known, "u1", grounded("tea", turn_id), revive=False)
            except ConflictError:
                continue
            return

    await asyncio.gather(*(absorb(f"more-{n}") for n in range(6)))
    [item] = await app.find(app.memories)
    assert len(item["source_turn_ids"]) == 7


async def test_facts_of_the_same_content_are_found_in_all_threads(stores: Stores) -> None:
    [here] = await create(stores, "likes tea")
    [there] = await create(stores, "likes tea", key=OTHER_THREAD)
    [ended] = await create(stores, "likes tea", key=ThreadKey(user_id="u1", thread_id="t3"))
    await create(stores, "likes tea", key=OTHER_USER)
    await create(stores, "is Ana")
    await stores.facts.supersede("u1", ended, here.id, "duplicate", "2026")
    found = await stores.facts.same_content("u1", [content_hash("likes tea")])
    assert {fact.id for fact in found} == {here.id, there.id}
    assert await stores.facts.same_content("u1", []) == []
