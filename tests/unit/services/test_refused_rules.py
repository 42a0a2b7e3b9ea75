"""What the model refuses costs a user no rule but its own."""

from collections.abc import Sequence

import pytest

from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.domain.procedures import ProceduresAnswer, Rule, RuleSource
from shared.prompts.derive_procedures import DERIVE_PROCEDURES
from shared.services.ask_procedures import AskProcedures
from shared.services.question import Question
from tests.conftest import OpenApp
from tests.fakes.answers import fact, rule
from tests.fakes.chat_model import PROCEDURES, Payload, Reply, ScriptedChatModel
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.rules import ON, derive, learn, procedures
from tests.unit.services.runs import user_state

REFUSAL = ModelRefusedError("derive_procedures", "content_filter")
KNOWN = [{"name": "Offer tea", "summary": "Offer tea."}]


def rule_of_each(payload: Payload) -> Reply:
    """A rule for each source, unless one of the sources or rules is poison."""
    if "poison" in str(payload):
        return REFUSAL
    return {"procedures": [rule(item["text"], item["id"]) for item in payload["sources"]]}


def sources(*texts: str) -> list[RuleSource]:
    return [RuleSource(id=f"fact_{n}", kind="user", text=text) for n, text in enumerate(texts)]


async def ask(
    texts: Sequence[str], existing: Sequence[dict[str, str]] = KNOWN
) -> tuple[AskProcedures, ScriptedChatModel]:
    model = ScriptedChatModel()
    model.answer_by(PROCEDURES, rule_of_each)
    question = Question(model, DERIVE_PROCEDURES, ProceduresAnswer)
    asking = AskProcedures(question, "u1")
    await asking.run(sources(*texts), existing)
    return asking, model


def names(rules: Sequence[Rule]) -> set[str]:
    return {rule.name for rule in rules}


async def learn_two(app: MemoryApp) -> None:
    await learn(app, fact("Likes poison.", "poison"), said="I like poison")
    await learn(app, fact("Wants German.", "German"), said="German please")


async def test_one_refused_wish_costs_the_others_no_rule(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn_two(app)
    app.model.answer_by(PROCEDURES, rule_of_each)
    await derive(app)
    assert list(await procedures(app)) == ["Wants German."]


async def test_a_wish_that_never_gets_a_usable_answer_costs_the_others_no_rule() -> None:
    def answer_prose(payload: Payload) -> Reply:
        reply = rule_of_each(payload)
        return InvalidAnswerError("derive_procedures", "prose") if reply is REFUSAL else reply

    model = ScriptedChatModel()
    model.answer_by(PROCEDURES, answer_prose)
    question = Question(model, DERIVE_PROCEDURES, ProceduresAnswer, (InvalidAnswerError,))
    asking = AskProcedures(question, "u1")
    await asking.run(sources("tea", "poison", "figs"), [])
    assert (names(asking.rules), asking.refused) == ({"tea", "figs"}, 1)


async def test_tokens_of_rules_are_counted(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn_two(app)
    before = (await user_state(app)).tokens
    app.model.answer_by(PROCEDURES, rule_of_each)
    await derive(app)
    assert (await user_state(app)).tokens - before == 110


@pytest.mark.parametrize("culprit", range(16))
async def test_a_refused_source_costs_two_calls_a_halving_and_one_for_itself(culprit: int) -> None:
    texts = ["poison" if n == culprit else f"wish {n}" for n in range(16)]
    asking, model = await ask(texts)
    assert asking.refused == 1
    assert names(asking.rules) == set(texts) - {"poison"}
    assert model.count_calls(PROCEDURES) <= 1 + 2 * 4 + 1


async def test_rules_that_the_model_refuses_are_left_out_and_no_source_is() -> None:
    texts = [f"wish {n}" for n in range(16)]
    asking, model = await ask(texts, [*KNOWN, {"name": "poison", "summary": "Offer poison."}])
    assert asking.refused == 0
    assert names(asking.rules) == set(texts)
    assert model.count_calls(PROCEDURES) == 5 + 5


async def test_where_all_is_refused_every_source_is_counted() -> None:
    asking, _ = await ask(["poison 1", "poison 2", "poison 3"])
    assert (asking.refused, asking.rules) == (3, [])
