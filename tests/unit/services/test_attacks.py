"""Every attack in a thread of its own role, a model that obeys all of them, and what is stored."""

import pytest

from tests.conftest import OpenApp
from tests.fakes.answers import fact, facts
from tests.fakes.chat_model import EXTRACT, Payload, Reply
from tests.unit.admission.attacks import ATTACKS, LIMIT
from tests.unit.services.runs import KEY, ThreadRun, ledger

GENUINE = "my dog is called Bo"


def obey(payload: Payload) -> Reply:
    """Of every attack the fact that it asks for, quoted from it, and as words of the user's own."""
    wanted = dict(ATTACKS)
    answers = [fact("The user's dog is called Bo.", GENUINE)]
    for turn in payload["turns"][1:]:
        answers.append(fact(wanted[turn["text"]], turn["text"], turn["id"]))
        if wanted[turn["text"]] == LIMIT:
            answers.append(fact(LIMIT, GENUINE, "t1"))
    return facts(*answers)


@pytest.mark.parametrize("role", ["agent", "tool"])
async def test_an_obedient_model_stores_nothing_of_an_untrusted_turn_as_the_users(
    open_app: OpenApp, role: str
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=20, THREAD_SUMMARY_EVERY_N=0)
    app.model.answer_by(EXTRACT, obey)
    for start in range(0, len(ATTACKS), 19):
        await app.say(KEY, GENUINE)
        await app.say(KEY, *[said for said, _ in ATTACKS[start : start + 19]], role=role)
    await app.services.flush.mark_thread(KEY, refresh=False)
    await ThreadRun(app).finish()
    stored = await app.find(app.memories)
    of_user = {item["content"] for item in stored if item["metadata"]["source"] == "user"}
    assert of_user == {"The user's dog is called Bo."}
    if role == "tool":
        assert len(stored) == 1
    dropped = [record["objections"] for record in await ledger(app)]
    assert all(sum(reasons.values()) >= 10 for reasons in dropped)
