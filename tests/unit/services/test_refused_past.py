"""What was written before may be what the model refuses: it must not freeze what follows."""

from collections.abc import Mapping
from typing import Any

from shared.domain.errors import ModelRefusedError
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile, profile_of_all, summary, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE, Payload, Reply, Rule
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun, fact_contents, thread_state

ONLY_SUMMARIES = {"FACT_EXTRACTION_EVERY_N": 0, "THREAD_SUMMARY_EVERY_N": 8}
REFUSAL = ModelRefusedError("a prompt", "content_filter")


def refuse_in(name: str, usual: Rule, word: str = "poison") -> Rule:
    """A model that refuses what shows a certain word under this name of the payload."""
    return lambda payload: REFUSAL if word in str(payload[name]) else usual(payload)


def refuse_poison(usual: Rule) -> Rule:
    return lambda payload: REFUSAL if "poison" in str(payload) else usual(payload)


async def stored_summary(app: MemoryApp) -> Document:
    return await app.read(app.summaries, "summary_u1_t1", KEY)


def points(document: Mapping[str, Any]) -> list[str]:
    return document["metadata"]["structured_summary"]["key_points"]


def texts(count: int, first: int = 1) -> list[str]:
    return [f"point {n}" for n in range(first, first + count)]


async def say_and_process(app: MemoryApp, *contents: str) -> None:
    await app.say(KEY, *contents)
    await ThreadRun(app).finish()


async def test_a_summary_that_the_model_refuses_to_be_shown_is_begun_anew_with_the_new_turns(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ONLY_SUMMARIES)
    app.model.answer(SUMMARIZE, summary("A talk.", "poison"))
    await say_and_process(app, *texts(8))
    app.model.answer_by(SUMMARIZE, refuse_in("previous", summary_of_all))
    await say_and_process(app, *texts(8, 9))
    document = await stored_summary(app)
    assert points(document) == texts(8, 9)
    # 8, 4, 2, 1, the sample on top of it, 1 without it, 1, 2, 4
    assert app.model.count_calls(SUMMARIZE) == 1 + 9
    assert document["metadata"]["source_count"] == 8
    assert document["metadata"]["chunks"] == [2, 2]
    assert document["metadata"]["incremental_update"] is False
    assert (await thread_state(app)).summarized == 16
    await say_and_process(app, *texts(8, 17))
    assert points(await stored_summary(app)) == texts(16, 9)
    assert app.model.count_calls(SUMMARIZE) == 1 + 9 + 1


async def test_a_turn_that_is_refused_without_the_summary_too_leaves_that_alone(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ONLY_SUMMARIES)
    app.model.answer_by(SUMMARIZE, refuse_poison(summary_of_all))
    await say_and_process(app, *texts(8))
    await say_and_process(app, *texts(7, 9), "poison")
    document = await stored_summary(app)
    assert points(document) == texts(15)
    assert (document["metadata"]["source_count"], document["metadata"]["left_out"]) == (15, 1)
    await say_and_process(app, "poison", *texts(7, 17))
    document = await stored_summary(app)
    assert (document["metadata"]["source_count"], document["metadata"]["left_out"]) == (22, 2)
    assert document["metadata"]["chunks"] == [1, 3]


async def test_a_profile_that_the_model_refuses_to_be_shown_is_written_anew_from_all_memories(
    open_app: OpenApp,
) -> None:
    app = await open_app(
        FACT_EXTRACTION_EVERY_N=1, THREAD_SUMMARY_EVERY_N=0, USER_SUMMARY_EVERY_N=2
    )
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer(PROFILE, profile("poison"))
    app.model.answer_by(PROFILE, refuse_in("previous", profile_of_all))
    for first in (1, 3, 5):
        await say_and_process(app, f"I own cat {first}")
        await say_and_process(app, f"I own cat {first + 1}")
        await UserRun(app).finish()
    [document] = await app.find(app.summaries, "c.type = 'user_summary'")
    told = document["metadata"]["structured_summary"]["key_facts"]
    assert sorted(told) == [f"Said: I own cat {n}" for n in range(1, 7)]
    assert document["metadata"]["source_memory_count"] == 6
    # 2, 1, the sample on top of it, 1 without it, 1; all four anew; the next run is as ever
    assert app.model.count_calls(PROFILE) == 1 + 5 + 1 + 1


def refuse_in_company(usual: Rule, kind: str) -> Rule:
    """A model that refuses a certain word on top of anything, and alone does not mind it."""

    def answer(payload: Payload) -> Reply:
        in_company = payload["previous"] is not None or len(payload[kind]) > 1
        if in_company and "borderline" in str(payload[kind]):
            return REFUSAL
        return usual(payload)

    return answer


async def test_a_turn_that_is_refused_in_company_only_costs_the_summary_nothing_before_it(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ONLY_SUMMARIES)
    app.model.answer_by(SUMMARIZE, refuse_in_company(summary_of_all, "turns"))
    await say_and_process(app, *texts(8))
    await say_and_process(app, *texts(3, 9), "borderline", *texts(4, 12))
    document = await stored_summary(app)
    assert points(document) == texts(15)
    assert (document["metadata"]["source_count"], document["metadata"]["left_out"]) == (15, 1)


async def test_news_that_is_refused_in_company_only_costs_the_profile_nothing_before_it(
    open_app: OpenApp,
) -> None:
    app = await open_app(
        FACT_EXTRACTION_EVERY_N=1, THREAD_SUMMARY_EVERY_N=0, USER_SUMMARY_EVERY_N=2
    )
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, refuse_in_company(profile_of_all, "facts"))
    for said in ("I own cat 1", "I own cat 2", "borderline", "I own cat 3"):
        await say_and_process(app, said)
        await UserRun(app).finish()
    [document] = await app.find(app.summaries, "c.type = 'user_summary'")
    told = document["metadata"]["structured_summary"]["key_facts"]
    assert sorted(told) == [f"Said: I own cat {n}" for n in (1, 2, 3)]


async def test_tokens_of_a_profile_that_is_written_anew_are_all_counted(open_app: OpenApp) -> None:
    app = await open_app(
        FACT_EXTRACTION_EVERY_N=1, THREAD_SUMMARY_EVERY_N=0, USER_SUMMARY_EVERY_N=1
    )
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer(PROFILE, profile("poison"))
    app.model.answer_by(PROFILE, refuse_in("previous", profile_of_all))
    await say_and_process(app, "I own cat 1")
    await UserRun(app).finish()
    await say_and_process(app, "I own cat 2")
    run = UserRun(app)
    plan = await run.plan()
    await run.write(plan)
    [answer] = await app.find(app.counters, "c.type = 'answer'")
    assert answer["tokens"] == 2 * 110


async def test_a_known_fact_that_the_model_refuses_costs_no_turn_its_facts(
    open_app: OpenApp,
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=4, THREAD_SUMMARY_EVERY_N=0)
    app.model.answer_by(EXTRACT, refuse_in("known", fact_of_each_turn, "venom"))
    await say_and_process(app, "I like venom", *texts(3))
    later = [f"I like tea {n}" for n in range(4)]
    await say_and_process(app, *later)
    said = ["I like venom", *texts(3), *later]
    assert await fact_contents(app) == {f"Said: {text}" for text in said}
    assert await app.find(app.counters, "c.type = 'dead_letter'") == []
    assert app.model.count_calls(EXTRACT) == 1 + 6  # 4, 2, 1, without what is known, 1, 2
