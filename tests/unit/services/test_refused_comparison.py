"""What the model refuses takes no part in a comparison of facts, and costs the others nothing."""

import math
from collections.abc import Sequence

import pytest

from shared.domain.errors import (
    InvalidAnswerError,
    ModelRefusedError,
    ProcessorError,
    TransientErrors,
)
from shared.domain.reconciling import ReconcileAnswer
from shared.prompts.reconcile_memories import RECONCILE_MEMORIES
from shared.services.ask_reconciliation import MOST_CALLS, AskReconciliation
from shared.services.question import Question
from tests.conftest import OpenApp
from tests.fakes.chat_model import RECONCILE, Payload, Reply, ScriptedChatModel
from tests.unit.services.runs import UserRun, fact_contents
from tests.unit.services.test_reconcile_facts import open_quick, say

REFUSAL = ModelRefusedError("reconcile_memories", "content_filter")
PROSE = InvalidAnswerError("reconcile_memories", "it holds no JSON object")


def contradict_of_home(payload: Payload) -> Reply:
    """The first of the facts that name a home contradicts the others."""
    homes = [item["id"] for item in payload["facts"] if "live in" in item["text"]]
    pairs = [{"winner": homes[0], "loser": loser, "reason": "contradict"} for loser in homes[1:]]
    return {"pairs": pairs}


def make_model(most: int = 100, refusal: ProcessorError = REFUSAL) -> ScriptedChatModel:
    """A model that will see no poison, and no more facts than so many."""

    def answer(payload: Payload) -> Reply:
        refused = "poison" in str(payload) or len(payload["facts"]) > most
        return refusal if refused else contradict_of_home(payload)

    model = ScriptedChatModel()
    model.answer_by(RECONCILE, answer)
    return model


async def compare(
    model: ScriptedChatModel, texts: Sequence[str], *, settles: TransientErrors = ()
) -> tuple[list[tuple[str, str]], int]:
    """The pairs by their labels, and how many facts took no part."""
    asking = AskReconciliation(Question(model, RECONCILE_MEMORIES, ReconcileAnswer, settles))
    shown = [{"id": f"m{n}", "text": text, "at": ""} for n, text in enumerate(texts, 1)]
    pairs = await asking.run(shown)
    return [(pair.winner, pair.loser) for pair in pairs], asking.refused


@pytest.mark.parametrize("size", [3, 8, 50])
@pytest.mark.parametrize("place", [1, -2])
async def test_facts_in_both_halves_are_compared_without_the_one_that_is_refused(
    size: int, place: int
) -> None:
    texts = ["I live in Bremen", *(f"I own cat {n}" for n in range(size - 2)), "I live in Hamburg"]
    texts[place] = "poison"
    model = make_model()
    assert await compare(model, texts) == ([("m1", f"m{size}")], 1)
    assert model.count_calls(RECONCILE) <= 2 + 2 * math.ceil(math.log2(size))


async def test_a_fact_that_never_gets_a_usable_answer_is_left_out_in_the_last_try() -> None:
    texts = ["I live in Bremen", "poison", "I live in Hamburg"]
    model = make_model(refusal=PROSE)
    assert await compare(model, texts, settles=(InvalidAnswerError,)) == ([("m1", "m3")], 1)
    with pytest.raises(InvalidAnswerError):
        await compare(model, texts)


async def test_facts_that_are_refused_only_together_are_compared_in_parts() -> None:
    texts = ["I live in Bremen", "I live in Hamburg", "I own a cat", "I own a dog"]
    assert await compare(make_model(most=3), texts) == ([("m1", "m2")], 0)


async def test_a_model_that_refuses_everything_is_not_asked_for_ever() -> None:
    model = make_model(most=0)
    assert await compare(model, [f"I own cat {n}" for n in range(500)]) == ([], 500)
    assert model.count_calls(RECONCILE) == MOST_CALLS


async def test_a_refused_fact_holds_up_no_ending_of_the_others(open_app: OpenApp) -> None:
    app = await open_quick(open_app, USER_SUMMARY_EVERY_N=3)
    app.model.answer_by(
        RECONCILE, lambda shown: REFUSAL if "poison" in str(shown) else contradict_of_home(shown)
    )
    for day, text in enumerate(("I live in Hamburg", "I like poison", "I live in Bremen"), 1):
        await say(app, f"t{day}", text, day)
    assert await UserRun(app).finish() == 1
    assert await fact_contents(app) == {"Said: I like poison", "Said: I live in Bremen"}
