"""A dead letter that is tried again is none of the turns that a generation waits for."""

from collections import Counter

import pytest

from shared.domain.dead_letters import Selection
from shared.domain.errors import ModelRefusedError
from tests.conftest import OpenApp
from tests.fakes.answers import fact, facts
from tests.fakes.chat_model import EXTRACT, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.reprocessing import begin, reprocess
from tests.unit.services.runs import KEY, ThreadRun, fact_contents, thread_state

EVERYTHING = Selection()
EXTRACTION_ONLY = {
    "THREAD_SUMMARY_EVERY_N": 0,
    "USER_SUMMARY_EVERY_N": 0,
    "MEMORY_KNOWN_FACTS": 0,
}


def word(app: MemoryApp, prefix: str, *, refuses: bool) -> None:
    """Let the model word each turn so; it may refuse prompts with poison in them."""

    def answer(payload: Payload) -> Reply:
        if refuses and any("poison" in turn["text"] for turn in payload["turns"]):
            return ModelRefusedError("extract", "content_filter")
        return facts(
            *(fact(f"{prefix}: {t['text']}", t["text"], t["id"]) for t in payload["turns"])
        )

    app.model.answer_by(EXTRACT, answer)


async def process(app: MemoryApp, others: int) -> None:
    """The oldest turn is refused, the others are known in a first wording."""
    word(app, "One", refuses=True)
    await app.say(KEY, "poison", *[f"I own cat {n}" for n in range(others)])
    await app.services.flush.run()
    await ThreadRun(app).finish()
    assert len(await fact_contents(app)) == others


async def assert_each_turn_has_one_wording(app: MemoryApp, others: int) -> None:
    contents = Counter(content.split(": ")[1] for content in await fact_contents(app))
    assert contents == Counter(["poison", *(f"I own cat {n}" for n in range(others))])
    state = await thread_state(app)
    assert (state.reprocess, state.pending, state.idle) == (None, 0, True)


async def test_a_retry_before_a_second_generation_leaves_no_wording_of_the_first(
    open_app: OpenApp,
) -> None:
    """Its first two chunks take the letter, and leave one turn of the generation open."""
    app = await open_app(**EXTRACTION_ONLY)
    await process(app, 40)
    word(app, "Two", refuses=True)
    await reprocess(app, 1)
    word(app, "Three", refuses=False)
    assert (await app.services.dead_letters.retry(EVERYTHING)).retried == 1
    await begin(app, 2)
    await ThreadRun(app).finish()
    await assert_each_turn_has_one_wording(app, 40)


async def test_a_retry_while_a_generation_is_derived_leaves_no_earlier_wording(
    open_app: OpenApp,
) -> None:
    app = await open_app(**EXTRACTION_ONLY)
    await process(app, 39)
    word(app, "Two", refuses=True)
    await begin(app, 1)
    run = ThreadRun(app)
    await run.round(await run.plan())
    word(app, "Two", refuses=False)
    assert (await app.services.dead_letters.retry(EVERYTHING)).retried == 1
    await run.round(await run.plan())
    state = await thread_state(app)
    assert (state.pending, state.reprocess and state.reprocess.open) == (1, 1)
    await run.finish()
    await assert_each_turn_has_one_wording(app, 39)


@pytest.mark.parametrize("refused_again", [False, True])
async def test_a_generation_waits_for_a_turn_that_was_retried_before(
    open_app: OpenApp, refused_again: bool
) -> None:
    app = await open_app(**EXTRACTION_ONLY)
    await process(app, 4)
    word(app, "One", refuses=refused_again)
    await app.services.dead_letters.retry(EVERYTHING)
    await ThreadRun(app).finish()
    word(app, "Two", refuses=False)
    await reprocess(app, 1)
    await assert_each_turn_has_one_wording(app, 4)
    assert {content[:3] for content in await fact_contents(app)} == {"Two"}
