from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact, facts
from tests.fakes.chat_model import EXTRACT
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, fact_contents

ONE_BY_ONE = {"FACT_EXTRACTION_EVERY_N": 1}


async def test_persisting_twice_changes_nothing(open_app: OpenApp) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=2)
    app.model.answer(
        EXTRACT,
        facts(
            fact("likes tea", "I like tea"),
            fact("hates tea", "I hate tea", "t2", supersedes=["f0"]),
            fact("drinks water", "I hate tea", "t2"),
        ),
    )
    await app.say(KEY, "I like tea", "I hate tea")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    await run.persist(plan)
    before = await app.find(app.memories)
    app.clock.advance(60)
    await run.persist(plan)
    assert await app.find(app.memories) == before
    assert await fact_contents(app) == {"hates tea", "drinks water"}


async def test_a_persist_that_broke_off_is_completed_by_the_next(open_app: OpenApp) -> None:
    app = await open_app(**ONE_BY_ONE)
    both = [fact("likes tea", "tea, no milk"), fact("hates milk", "tea, no milk")]
    app.model.answer(EXTRACT, facts(*both))
    await app.say(KEY, "tea, no milk")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    await run.persist(plan)
    for item in await app.find(app.memories, "c.content = 'hates milk'"):
        await app.memories.delete_item(item["id"], partition_key=["u1", "t1"])
    await run.persist(plan)
    assert await fact_contents(app) == {"likes tea", "hates milk"}


async def test_a_change_of_mind_and_back_is_followed(open_app: OpenApp) -> None:
    app = await open_app(**ONE_BY_ONE)
    run = ThreadRun(app)
    app.model.answer(
        EXTRACT,
        facts(fact("likes tea", "tea: yes")),
        facts(fact("hates tea", "tea: no", supersedes=["k1"])),
        facts(fact("likes tea", "tea: yes again", supersedes=["k1"])),
    )
    for said, now in [
        ("tea: yes", "likes tea"),
        ("tea: no", "hates tea"),
        ("tea: yes again", "likes tea"),
    ]:
        await app.say(KEY, said)
        await run.finish()
        assert await fact_contents(app) == {now}
    revived = next(f for f in await app.find(app.memories) if f["content"] == "likes tea")
    assert revived["source_turn_ids"] == ["turn-1", "turn-3"]
    ended = next(f for f in await app.find(app.memories) if f["content"] == "hates tea")
    assert ended["superseded_by"] == revived["id"]
    assert ended["supersede_reason"] == "contradict"
    assert ended["superseded_at"].endswith("+00:00")


async def test_the_winner_names_what_it_superseded(open_app: OpenApp) -> None:
    app = await open_app(**ONE_BY_ONE)
    app.model.answer(
        EXTRACT,
        facts(fact("likes tea", "tea: yes")),
        facts(fact("hates tea", "tea: no", supersedes=["k1"])),
    )
    for said in ("tea: yes", "tea: no"):
        await app.say(KEY, said)
        await ThreadRun(app).finish()
    by_content = {item["content"]: item for item in await app.find(app.memories)}
    assert by_content["hates tea"]["supersedes_ids"] == [by_content["likes tea"]["id"]]


async def test_an_agent_cannot_end_what_its_user_said(open_app: OpenApp) -> None:
    app = await open_app(**ONE_BY_ONE)
    app.model.answer(
        EXTRACT,
        facts(fact("likes tea", "tea: yes")),
        facts(fact("hates tea", "you hate tea", supersedes=["k1"])),
    )
    await app.say(KEY, "tea: yes")
    await ThreadRun(app).finish()
    await app.say(KEY, "you hate tea", role="agent")
    await ThreadRun(app).finish()
    assert await fact_contents(app) == {"likes tea", "hates tea"}


async def test_a_fact_that_cannot_be_embedded_is_kept_without_a_vector(open_app: OpenApp) -> None:
    app = await open_app(**ONE_BY_ONE, MEMORY_KNOWN_FACTS=0)
    app.model.answer(EXTRACT, facts(fact("keeps poison in the shed", "I keep it in the shed")))
    await app.say(KEY, "I keep it in the shed")
    await ThreadRun(app).finish()
    [item] = await app.find(app.memories)
    assert "embedding" not in item


async def test_facts_cite_the_turns_and_words_they_come_from(open_app: OpenApp) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=2)
    app.model.answer(EXTRACT, facts(fact("likes tea", "i like TEA", "t2", turn_ids=["t1", "t2"])))
    await app.say(KEY, "Do you like tea?", role="agent", agent_id="agent-1")
    await app.say(KEY, "Yes, I like tea.")
    await ThreadRun(app).finish()
    [item] = await app.find(app.memories)
    assert item["source_turn_ids"] == ["turn-2", "turn-1"]
    assert item["metadata"]["evidence"] == [{"turn_id": "turn-2", "quote": "i like TEA"}]
    assert (item["metadata"]["source"], item["created_at"]) == (
        "user",
        "2026-07-01T10:00:02+00:00",
    )


async def test_users_never_see_or_change_each_others_facts(open_app: OpenApp) -> None:
    app = await open_app(**ONE_BY_ONE)
    other = ThreadKey(user_id="u2", thread_id="t1")
    app.model.answer(
        EXTRACT,
        facts(fact("likes tea", "tea: yes")),
        facts(fact("hates tea", "tea: no", supersedes=["k1"], duplicate_of="k1")),
    )
    await app.say(KEY, "tea: yes")
    await ThreadRun(app).finish()
    await app.say(other, "tea: no")
    await ThreadRun(app, other).finish()
    assert app.model.calls[1].payload["known"] == []
    assert await fact_contents(app) == {"likes tea", "hates tea"}


async def test_the_ledger_names_the_memories_of_a_chunk(app: MemoryApp) -> None:
    app.model.answer(EXTRACT, facts(fact("likes tea", "I like tea")))
    await app.say(KEY, *["I like tea"] * 5)
    await ThreadRun(app).finish()
    [item] = await app.find(app.memories)
    [record] = await app.find(app.counters, "c.type = 'chunk'")
    assert record["memory_ids"] == [item["id"]]
    assert (record["prompt_id"], record["model"]) == ("extract_memories", "gpt-4o-mini")


async def test_a_text_that_the_embedding_model_refuses_costs_no_other_fact_its_vector(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ONE_BY_ONE)
    texts = ["likes tea", "poison ivy grows here", "has cats", "owns a lamp", "hates milk"]
    app.model.answer(EXTRACT, facts(*(fact(text, "so many things") for text in texts)))
    await app.say(KEY, "so many things")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    await run.persist(plan)
    without = await app.find(app.memories, "NOT IS_DEFINED(c.embedding)")
    assert [item["content"] for item in without] == ["poison ivy grows here"]
    assert await fact_contents(app) == set(texts)


async def test_what_was_true_until_now_ends_as_an_update(open_app: OpenApp) -> None:
    app = await open_app(**ONE_BY_ONE)
    app.model.answer(
        EXTRACT,
        facts(fact("lives in Rome", "I live in Rome")),
        facts(fact("lives in Oslo", "I moved to Oslo", updates=["k1"])),
    )
    for said in ("I live in Rome", "I moved to Oslo"):
        await app.say(KEY, said)
        await ThreadRun(app).finish()
    [ended] = await app.find(app.memories, "IS_DEFINED(c.superseded_by)")
    assert (ended["content"], ended["supersede_reason"]) == ("lives in Rome", "update")


async def test_an_unsure_fact_is_kept_apart_until_it_is_said_again(open_app: OpenApp) -> None:
    app = await open_app(**ONE_BY_ONE)
    app.model.answer(
        EXTRACT,
        facts(fact("likes tea", "tea maybe", confidence=0.3)),
        facts(fact("likes tea", "tea for sure", confidence=0.95)),
    )
    await app.say(KEY, "tea maybe")
    await ThreadRun(app).finish()
    [item] = await app.find(app.memories)
    assert "sys:unclassified" in item["tags"]
    await app.say(KEY, "tea for sure")
    await ThreadRun(app).finish()
    [item] = await app.find(app.memories)
    assert "sys:unclassified" not in item["tags"]
    assert item["confidence"] == 0.95


async def test_a_fact_carries_its_agent_its_entities_and_its_turns_metadata(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ONE_BY_ONE, AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS="team")
    app.model.answer(EXTRACT, facts(fact("reported INC0012345", "INC0012345 is mine")))
    metadata = {"team": "blue", "secret": "x"}
    await app.say(KEY, "INC0012345 is mine", agent_id="agent-7", metadata=metadata)
    await ThreadRun(app).finish()
    [item] = await app.find(app.memories)
    assert item["agent_id"] == "agent-7"
    assert item["metadata"]["entities"] == [{"type": "ticket", "id": "INC0012345"}]
    assert item["metadata"]["source_metadata"] == {"team": "blue"}
