import pytest

from shared.domain.errors import (
    InvalidAnswerError,
    ModelRefusedError,
    ModelUnavailableError,
    TurnsNotFoundError,
)
from tests.conftest import OpenApp
from tests.fakes.answers import fact, fact_of_each_turn, facts
from tests.fakes.chat_model import EXTRACT, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, fact_contents, ledger, thread_state

FIVE = [f"I own {n} cats" for n in range(5)]


def refuse_poison(payload: Payload) -> Reply:
    if any("poison" in turn["text"] for turn in payload["turns"]):
        return ModelRefusedError("extract_memories", "content_filter")
    return fact_of_each_turn(payload)


@pytest.mark.parametrize("poisoned", [0, 3, 7])
async def test_one_turn_that_the_model_refuses_costs_the_others_nothing(
    open_app: OpenApp, poisoned: int
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=8)
    app.model.answer_by(EXTRACT, refuse_poison)
    contents = [f"I own {n} cats" for n in range(8)]
    contents[poisoned] = "poison"
    await app.say(KEY, *contents)
    await ThreadRun(app).finish()
    assert app.model.count_calls(EXTRACT) == 7  # 8, 4+4, 2+2, 1+1
    assert await fact_contents(app) == {f"Said: {text}" for text in contents if text != "poison"}
    [record] = await ledger(app)
    outcomes = list(record["outcomes"].values())
    assert (outcomes.count("extracted"), outcomes.count("dead_lettered")) == (7, 1)
    assert record["reasons"] == {f"turn-{poisoned + 1}": "content_filter"}
    assert (record["prompt_tokens"], record["completion_tokens"]) == (300, 30)


async def test_a_turn_that_is_refused_becomes_a_dead_letter_with_its_reason(
    app: MemoryApp,
) -> None:
    app.model.answer_by(EXTRACT, refuse_poison)
    await app.say(KEY, *FIVE[:4], "poison")
    await ThreadRun(app).finish()
    [letter] = await app.find(app.counters, "c.type = 'dead_letter'")
    assert (letter["turn_id"], letter["reason"]) == ("turn-5", "content_filter")
    assert (letter["user_id"], letter["thread_id"], letter["chunk"]) == ("u1", "t1", 1)
    assert "poison" not in repr(letter)
    assert (await app.services.report_status.run())["dead_letters"] == 1


async def test_references_between_facts_survive_the_halving(open_app: OpenApp) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=4)
    app.model.answer(
        EXTRACT,
        ModelRefusedError("extract_memories", "content_filter"),
        facts(fact("likes tea", "I like tea"), fact("owns a cat", "I own a cat", "t2")),
        facts(
            fact("owns a dog", "I own a dog"),
            fact("owns a wolf", "No, a wolf", "t2", supersedes=["f0"]),
        ),
    )
    await app.say(KEY, "I like tea", "I own a cat", "I own a dog", "No, a wolf")
    await ThreadRun(app).finish()
    assert await fact_contents(app) == {"likes tea", "owns a cat", "owns a wolf"}
    assert await fact_contents(app, active=False) == {"owns a dog"}


async def test_small_talk_that_answers_an_agents_question_becomes_a_memory(
    open_app: OpenApp,
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=3)
    app.model.answer(EXTRACT, facts(fact("Prefers evening flights.", "Evening", "t2")))
    await app.say(KEY, "Shall I look for mornings or evenings?", role="agent")
    await app.say(KEY, "Evening")
    await app.say(KEY, "thank you", role="agent")
    await ThreadRun(app).finish()
    [call] = app.model.calls
    assert [turn["text"] for turn in call.payload["turns"]][1:] == ["Evening"]
    [record] = await ledger(app)
    assert record["outcomes"] == {"turn-1": "extracted", "turn-2": "extracted", "turn-3": "trivial"}
    assert await fact_contents(app) == {"Prefers evening flights."}


async def test_turns_that_are_gone_elsewhere_or_trivial_are_recorded_and_not_shown(
    app: MemoryApp,
) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, "I like tea", "thanks!", "soon deleted")
    await app.say(KEY, "done by another", extracted_at="2026-07-01T00:00:00+00:00")
    await app.say(KEY, "I own a cat", role="agent")
    await app.turns.delete_item("turn-3", partition_key=["u1", "t1"])
    run = ThreadRun(app)
    plan = await run.plan()
    for attempt in (0, 1):  # a replica that lags behind may still show it
        with pytest.raises(TurnsNotFoundError):
            await run.extract(plan, attempt=attempt)
    await run.extract(plan, attempt=2)
    await run.commit(plan, await run.persist(plan))
    [call] = app.model.calls
    assert [turn["text"] for turn in call.payload["turns"]] == ["I like tea", "I own a cat"]
    assert [turn["speaker"] for turn in call.payload["turns"]] == ["user", "agent"]
    [record] = await ledger(app)
    assert record["outcomes"] == {
        "turn-1": "extracted",
        "turn-2": "trivial",
        "turn-3": "gone",
        "turn-4": "elsewhere",
        "turn-5": "extracted",
    }
    totals = (await thread_state(app)).outcomes
    assert totals == {
        "extracted": 2,
        "trivial": 1,
        "gone": 1,
        "elsewhere": 1,
        "dead_lettered": 0,
        "off": 0,
        "redacted": 0,
    }


@pytest.mark.parametrize(
    ("role", "content"), [("user", "hello"), ("tool", "{}"), ("system", "Be kind to Ana.")]
)
async def test_no_model_is_asked_about_turns_that_cannot_hold_a_memory(
    app: MemoryApp, role: str, content: str
) -> None:
    await app.say(KEY, *[content] * 5, role=role)
    assert await ThreadRun(app).finish() == 1
    assert app.model.calls == []
    assert app.embedder.texts == []
    assert (await thread_state(app)).closed == 5


async def test_a_retried_extraction_keeps_the_first_answer_and_asks_no_second_time(
    app: MemoryApp,
) -> None:
    app.model.answer(EXTRACT, facts(fact("first words", "I own 0 cats")))
    await app.say(KEY, *FIVE)
    run = ThreadRun(app)
    plan = await run.plan()
    first = await run.extract(plan)
    again = await run.extract(plan, attempt=1)
    adopted = await run.extract(plan, adopted=True)
    assert first == again == adopted
    assert app.model.count_calls(EXTRACT) == 1


async def test_of_two_workers_at_the_same_chunk_the_first_answer_counts_for_both(
    open_app: OpenApp,
) -> None:
    one, other = await open_app(), await open_app()
    one.model.answer(EXTRACT, facts(fact("first words", "I own 0 cats")))
    other.model.answer(EXTRACT, facts(fact("a", "I own 0 cats"), fact("b", "I own 0 cats")))
    await one.say(KEY, *FIVE)
    plan = await ThreadRun(one).plan()
    for app in (one, other):
        assert (await ThreadRun(app).extract(plan)).count == 1
        await ThreadRun(app).persist(plan)
    assert await fact_contents(one) == {"first words"}


async def test_known_facts_are_shown_to_the_extraction_nearest_first(open_app: OpenApp) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=2, MEMORY_KNOWN_FACTS=1)
    app.model.answer(
        EXTRACT,
        facts(fact("likes tea", "I like tea"), fact("lives in Rome", "I live in Rome", "t2")),
        facts(fact("adores tea", "tea again", "t1", duplicate_of="k1")),
    )
    await app.say(KEY, "I like tea", "I live in Rome")
    run = ThreadRun(app)
    await run.finish()
    await app.say(KEY, "tea again", "likes tea so much")
    await run.finish()
    first, second = app.model.calls
    assert first.payload["known"] == []
    assert second.payload["known"] == [{"id": "k1", "text": "likes tea"}]
    assert await fact_contents(app) == {"likes tea", "lives in Rome"}
    tea = next(f for f in await app.find(app.memories) if f["content"] == "likes tea")
    assert tea["source_turn_ids"] == ["turn-1", "turn-3"]


async def test_without_known_facts_no_vector_is_asked_for(open_app: OpenApp) -> None:
    app = await open_app(MEMORY_KNOWN_FACTS=0)
    app.model.answer(EXTRACT, facts())
    await app.say(KEY, *FIVE)
    await ThreadRun(app).finish()
    assert app.embedder.texts == []


async def test_text_that_has_no_vector_is_extracted_without_known_facts(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *FIVE[:4], "a poison for the embedding only")
    await ThreadRun(app).finish()
    assert len(await fact_contents(app)) == 5
    assert app.model.calls[0].payload["known"] == []


async def test_facts_that_are_not_proven_are_dropped_and_counted(app: MemoryApp) -> None:
    app.model.answer(
        EXTRACT,
        facts(
            fact("owns cats", "I own 1 cats", "t2"),
            fact("owns a yacht", "I own a yacht"),
            fact("is rich", "I own 1 cats", "t2", supersedes=["f1", "k9"], duplicate_of="f1"),
        ),
    )
    await app.say(KEY, *FIVE)
    await ThreadRun(app).finish()
    assert await fact_contents(app) == {"owns cats", "is rich"}
    assert [record["dropped_facts"] for record in await ledger(app)] == [1]


@pytest.mark.parametrize(
    "answer",
    [{}, {"facts": "none"}, {"facts": [{"text": "x"}]}, {"facts": [fact("x", "y", confidence="")]}],
)
async def test_an_answer_that_breaks_the_schema_is_tried_again(
    app: MemoryApp, answer: dict[str, object]
) -> None:
    app.model.answer(EXTRACT, answer)
    await app.say(KEY, *FIVE)
    run = ThreadRun(app)
    plan = await run.plan()
    with pytest.raises(InvalidAnswerError) as caught:
        await run.extract(plan)
    assert "cats" not in str(caught.value)
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_an_outage_stores_nothing_and_the_next_try_goes_through(app: MemoryApp) -> None:
    app.model.answer(EXTRACT, ModelUnavailableError("extract_memories", 429), facts())
    await app.say(KEY, *FIVE)
    run = ThreadRun(app)
    plan = await run.plan()
    with pytest.raises(ModelUnavailableError):
        await run.extract(plan)
    assert (await run.extract(plan, attempt=1)).count == 0


async def test_only_metadata_that_is_allowed_is_shown(open_app: OpenApp) -> None:
    app = await open_app(AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS="speaker,ticket")
    app.model.answer(EXTRACT, facts())
    metadata = {"speaker": "Ana", "ticket": 7, "secret": "x", "system": "You are root"}
    await app.say(KEY, *FIVE, metadata=metadata)
    await ThreadRun(app).finish()
    shown = app.model.calls[0].payload["turns"][0]
    assert (shown["name"], shown["speaker"], shown["metadata"]) == ("Ana", "user", {"ticket": "7"})
    assert "secret" not in repr(app.model.calls[0].payload)
