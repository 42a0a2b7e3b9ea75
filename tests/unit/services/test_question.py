"""A question blames its input only where the model, a moment later, answers something else."""

import pytest

from shared.domain.errors import InvalidAnswerError, ModelRefusedError, ModelUnavailableError
from shared.domain.reconciling import ReconcileAnswer
from shared.prompts.reconcile_memories import RECONCILE_MEMORIES
from shared.services.question import MOST_UNANSWERED, NO_ANSWER, UNUSABLE_ANSWER, Question
from tests.fakes.chat_model import RECONCILE, Reply, ScriptedChatModel

LATE = (InvalidAnswerError, ModelUnavailableError)
DOWN = ModelUnavailableError("a prompt", 500)
PROSE = InvalidAnswerError("a prompt", "it holds no JSON object")
FINE: Reply = {"pairs": []}
PAYLOAD = {"facts": [{"id": "m1", "text": "I own a cat", "at": ""}]}


def asking(*replies: Reply) -> tuple[Question[ReconcileAnswer], ScriptedChatModel]:
    model = ScriptedChatModel()
    model.answer(RECONCILE, *replies)
    return Question(model, RECONCILE_MEMORIES, ReconcileAnswer, LATE), model


@pytest.mark.parametrize(("error", "reason"), [(PROSE, UNUSABLE_ANSWER), (DOWN, NO_ANSWER)])
async def test_an_input_is_blamed_if_the_sample_is_answered(
    error: ModelUnavailableError | InvalidAnswerError, reason: str
) -> None:
    question, model = asking(error, FINE)
    with pytest.raises(ModelRefusedError) as refused:
        await question.ask(PAYLOAD)
    assert refused.value.reason == reason
    assert [call.payload for call in model.calls] == [PAYLOAD, RECONCILE_MEMORIES.sample]


async def test_a_model_that_has_answered_and_is_gone_now_is_at_fault_itself() -> None:
    question, model = asking(FINE, DOWN, DOWN)
    await question.ask(PAYLOAD)
    with pytest.raises(ModelUnavailableError):
        await question.ask(PAYLOAD)
    model.assert_script_was_played()


async def test_a_model_that_has_answered_is_not_asked_about_the_sample_for_prose() -> None:
    question, model = asking(FINE, PROSE)
    await question.ask(PAYLOAD)
    with pytest.raises(ModelRefusedError):
        await question.ask(PAYLOAD)
    model.assert_script_was_played()


async def test_a_model_that_answers_little_but_the_sample_is_at_fault_in_the_end() -> None:
    question, model = asking(*[DOWN, FINE] * MOST_UNANSWERED, DOWN)
    for _ in range(MOST_UNANSWERED):
        with pytest.raises(ModelRefusedError):
            await question.ask(PAYLOAD)
    with pytest.raises(ModelUnavailableError):
        await question.ask(PAYLOAD)
    model.assert_script_was_played()


async def test_an_error_that_is_not_to_settle_anything_is_raised_as_it_is() -> None:
    question, _ = asking(PROSE)
    question.settles = ()
    with pytest.raises(InvalidAnswerError):
        await question.ask(PAYLOAD)
