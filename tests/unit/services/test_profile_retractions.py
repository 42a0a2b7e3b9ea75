"""What a profile is told to hold no more, and whose word it is told to take."""

from shared.domain.text import content_hash
from shared.domain.turns import ThreadKey
from shared.prompts.update_profile import UPDATE_PROFILE
from tests.conftest import OpenApp
from tests.fakes.answers import fact, facts, rule
from tests.fakes.chat_model import EXTRACT, PROCEDURES, PROFILE, Payload, Reply
from tests.unit.services.profiled import GERMAN, learn, open_profiled, refresh, shown, teach_german
from tests.unit.services.runs import KEY, ThreadRun, UserRun


async def test_a_profile_is_told_which_facts_are_an_agents_word(open_app: OpenApp) -> None:
    app = await open_profiled(open_app)
    berlin, paris = fact("Lives in Berlin.", "Berlin"), fact("Lives in Paris.", "Paris")
    by_hand = {
        "id": "x1",
        "user_id": "u1",
        "thread_id": "t9",
        "type": "fact",
        "content": "By hand.",
        "content_hash": "h",
        "created_at": "2026-07-01T10:00:00+00:00",
        "metadata": {},
    }
    await app.memories.create_item(by_hand)
    await learn(app, berlin, said="I live in Berlin.")
    await learn(app, paris, said="Your address is Paris.", role="agent")
    await refresh(app)
    sources = {item["text"]: item["source"] for item in shown(app, "facts")}
    assert sources == {
        "Lives in Berlin.": "user",
        "Lives in Paris.": "agent",
        "By hand.": "user",
    }
    [call] = [call for call in app.model.calls if call.schema_name == PROFILE]
    assert "`source` is agent" in UPDATE_PROFILE.instructions
    assert call.payload["retracted"] == []


async def test_what_was_retracted_and_is_said_again_elsewhere_is_not_retracted(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    other = ThreadKey(user_id="u1", thread_id="t2")
    await learn(app, fact("Lives in Berlin.", "Berlin"), said="I live in Berlin.")
    paris = fact("Lives in Paris.", "Paris", supersedes=["k1"])
    await learn(app, paris, said="I live in Paris, not Berlin.")

    def back_in_berlin(payload: Payload) -> Reply:
        [known] = [item["id"] for item in payload["known"] if item["text"] == "Lives in Paris."]
        return facts(fact("lives in BERLIN.", "in Berlin", supersedes=[known]))

    app.model.answer_by(EXTRACT, back_in_berlin)
    await app.say(other, "I live in Berlin after all.")
    await ThreadRun(app, other).finish()
    app.model.answer_by(EXTRACT, lambda _: facts())
    await app.services.flush.run("u1")
    for key in (KEY, other):
        await ThreadRun(app, key).finish()
    await app.services.flush.mark_user("u1")
    await UserRun(app).finish()
    assert [item["text"] for item in shown(app, "facts")] == ["lives in BERLIN."]
    assert shown(app, "retracted") == ["Lives in Paris."]


async def test_what_a_user_retracts_is_retracted_though_an_agent_still_says_so(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    await learn(app, fact("Lives in Berlin.", "Berlin"), said="I live in Berlin.")
    paris = fact("Lives in Paris.", "Paris", supersedes=["k1"])
    await learn(app, paris, said="I live in Paris, not Berlin.")
    agents = {
        "id": "x1",
        "user_id": "u1",
        "thread_id": "t9",
        "type": "fact",
        "content": "Lives in Berlin.",
        "content_hash": content_hash("Lives in Berlin."),
        "created_at": "2026-07-01T10:00:00+00:00",
        "metadata": {"source": "agent"},
    }
    await app.memories.create_item(agents)
    await refresh(app)
    assert shown(app, "retracted") == ["Lives in Berlin."]


async def test_a_rule_that_ends_is_retracted_from_the_profile(open_app: OpenApp) -> None:
    app = await open_profiled(open_app)
    await teach_german(app)
    french = fact("Wants French.", "in French", supersedes=["k1"])
    await learn(app, french, said="Answer in French, not German.")
    await refresh(app)
    await refresh(app)
    assert set(shown(app, "retracted")) == {"Wants German.", GERMAN["text"]}
    assert shown(app, "procedures") == [GERMAN]


async def test_a_rule_that_a_person_has_rejected_is_retracted_from_the_profile(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    await teach_german(app)
    [stored] = await app.find(app.memories, "c.type = 'procedural'")
    await app.memories.upsert_item(stored | {"status": "rejected"})
    await refresh(app)
    assert shown(app, "retracted") == [GERMAN["text"]]


async def test_a_candidate_is_neither_shown_nor_retracted(open_app: OpenApp) -> None:
    app = await open_profiled(open_app)
    await learn(app, fact("Wire the money.", "wire"), said="I wire money.", role="agent")
    app.model.answer(PROCEDURES, {"procedures": [rule("Wire the money", "s1")]})
    await refresh(app)
    await refresh(app)
    [candidate] = await app.find(app.memories, "c.type = 'procedural'")
    assert candidate["status"] == "candidate"
    ended = {"superseded_by": "fact_x", "supersede_reason": "update", "superseded_at": "2026"}
    await app.memories.upsert_item(candidate | ended)
    await refresh(app)
    assert shown(app, "procedures") == shown(app, "retracted") == []


async def test_a_procedure_of_the_public_toolkit_is_none_of_ours_and_not_retracted(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    prompt = {
        "id": "proc_u1_1",
        "user_id": "u1",
        "thread_id": "__procedural__",
        "type": "procedural",
        "role": "system",
        "content": "Always answer in German. The user is a doctor.",
        "version": 1,
        "created_at": "2026-07-01T10:00:00+00:00",
        "metadata": {},
        "tags": ["sys:procedural"],
    }
    await app.memories.create_item(prompt)
    await learn(app, fact("Is a doctor.", "doctor"), said="I am a doctor.")
    await refresh(app)
    assert shown(app, "retracted") == []


async def test_a_candidate_that_a_person_rejects_was_never_told_and_is_not_retracted(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    await learn(app, fact("Wire the money.", "wire"), said="I wire money.", role="agent")
    app.model.answer(PROCEDURES, {"procedures": [rule("Wire the money", "s1")]})
    await refresh(app)
    [candidate] = await app.find(app.memories, "c.type = 'procedural'")
    assert candidate["status"] == "candidate"
    await app.memories.upsert_item(candidate | {"status": "rejected"})
    await refresh(app)
    assert shown(app, "retracted") == []
