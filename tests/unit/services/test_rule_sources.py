"""A rule lives as long as all that its present wording rests on, and is forgotten likewise."""

from tests.conftest import OpenApp
from tests.fakes.answers import fact, facts, rule
from tests.fakes.chat_model import EXTRACT, PROCEDURES, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.rules import ON, derive, learn, procedures, supersede
from tests.unit.services.runs import KEY, ThreadRun, UserRun


async def learn_of_tea(app: MemoryApp) -> None:
    """Two wishes, one after the other."""
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await learn(app, fact("Wants it green.", "green"), said="green, that is")


async def teach_lesson(app: MemoryApp, name: str, turn_id: str, lesson: str, day: int) -> None:
    episode = {"id": name, "user_id": "u1", "thread_id": "t1", "type": "episodic"}
    episode |= {"lessons": [lesson], "source_turn_ids": [turn_id]}
    await app.memories.upsert_item({**episode, "created_at": f"2026-07-0{day}T10:00:00+00:00"})


async def rest_on_another(app: MemoryApp, name: str, content: str) -> None:
    """The rule as an older version of the app left it, which united the sources of all wordings."""
    [known] = await app.find(app.memories, "c.content = @content", content=content)
    document = (await procedures(app))[name]
    document["source_fact_ids"] = sorted([*document["source_fact_ids"], known["id"]])
    await app.memories.upsert_item(document)


async def derive_hastily(app: MemoryApp) -> None:
    """A run that asks one of the two prompts at most."""
    await app.services.flush.mark_user("u1")
    run = UserRun(app)
    plan = await run.plan()
    await run.derive(plan, thorough=False)
    await run.commit(plan)


async def take_back(app: MemoryApp, text: str, said: str) -> None:
    def contradict(payload: Payload) -> Reply:
        ended = [known["id"] for known in payload["known"] if known["text"] == text]
        return facts(fact(f"Not: {text}", said, category="other", supersedes=ended))

    app.model.answer_by(EXTRACT, contradict)
    await app.say(KEY, said)
    await ThreadRun(app).finish()


async def forget(app: MemoryApp, turn_id: str) -> None:
    await app.turns.delete_item(turn_id, partition_key=["u1", "t1"])
    await app.services.forget_turns.ask(KEY, [turn_id])


def rules_shown(app: MemoryApp) -> list[str]:
    last = [call.payload for call in app.model.calls if call.schema_name == PROCEDURES][-1]
    return [item["summary"] for item in last["rules"]]


async def test_a_revised_rule_ends_when_what_it_says_now_is_taken_back(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    await learn(app, fact("Wants it green.", "green"), said="green, that is")
    await derive(app, rule("Tea", "s1", same_as="p1", summary="Offer green tea."))
    await take_back(app, "Wants it green.", "not green any more")
    app.model.answer(PROCEDURES, {"procedures": []})
    await derive(app)
    ended = (await procedures(app))["Offer tea"]
    assert ended["supersede_reason"] == "contradict"


async def test_a_rule_of_two_wishes_ends_with_either_and_is_worded_anew_from_what_is_left(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn_of_tea(app)
    await derive(app, rule("Offer tea", "s1", "s2", summary="Offer green tea."))
    await take_back(app, "Wants it green.", "not green any more")
    await derive(app, rule("Offer tea", "s1", summary="Offer tea."))
    assert rules_shown(app) == []
    anew = (await procedures(app))["Offer tea"]
    assert (anew["summary"], anew.get("superseded_by")) == ("Offer tea.", None)
    assert len(anew["source_fact_ids"]) == 1


async def test_a_rule_whose_sources_all_hold_is_shown_to_be_changed(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn_of_tea(app)
    await derive(app, rule("Offer tea", "s1", "s2"))
    await learn(app, fact("Wants milk.", "milk"), said="with milk")
    await derive(app, rule("Offer milk", "s1"))
    assert rules_shown(app) == ["Offer tea, always."]


async def test_a_wish_that_has_only_expired_ends_no_rule_that_has_another(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn_of_tea(app)
    await derive(app, rule("Offer tea", "s1", "s2"))
    [expired] = await app.find(app.memories, "c.content = 'Likes tea.'")
    await app.memories.delete_item(expired["id"], partition_key=["u1", "t1"])
    await learn(app, said="hm")
    await derive(app, rule("None", "s9"))
    assert "superseded_by" not in (await procedures(app))["Offer tea"]
    await supersede(app, "Wants it green.", "fact_red", "contradict")
    await learn(app, said="hm again")
    await derive(app)
    assert (await procedures(app))["Offer tea"]["superseded_by"] == "fact_red"


async def test_a_rule_is_forgotten_with_any_wish_that_it_came_of_and_asked_for_anew(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    await learn(app, fact("Wants it green.", "green"), said="green, that is")
    await derive(app, rule("Tea", "s1", same_as="p1", summary="Offer it green."))
    await supersede(app, "Likes tea.", "fact_coffee", "update")
    await learn(app, said="hm")
    await derive(app, rule("None", "s9"))
    await forget(app, "turn-1")
    assert await procedures(app) == {}, "its name was of the deleted turn"
    await derive(app, rule("Green", "s1"))
    assert list(await procedures(app)) == ["Green"]


async def test_a_candidate_is_forgotten_with_an_episode_that_an_earlier_wording_came_of(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn(app, said="hm")
    await teach_lesson(app, "ep_1", "turn-1", "Ask Anna for a badge.", day=1)
    await derive(app, rule("Badge", "s1", summary="Ask Anna for a badge."))
    await learn(app, said="hm again")
    await teach_lesson(app, "ep_2", "turn-2", "A ticket is needed too.", day=2)
    await derive(app, rule("Badge", "s1", same_as="p1", summary="Ask Anna for badge and ticket."))
    revised = (await procedures(app))["Badge"]
    assert (revised["source_episodic_ids"], revised["source_memory_ids"]) == (["ep_2"], ["ep_1"])
    await forget(app, "turn-1")
    assert await procedures(app) == {}


async def test_a_rule_that_ends_by_a_fact_that_is_no_source_any_more_is_asked_for_anew(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn_of_tea(app)
    await supersede(app, "Likes tea.", by="fact_x", reason="update")
    await derive(app, rule("Offer tea", "s1", summary="Offer green tea."))
    await rest_on_another(app, "Offer tea", "Likes tea.")
    await learn(app, said="hm")
    await derive(app, rule("Offer tea", "s1", summary="Offer it green."))
    anew = (await procedures(app))["Offer tea"]
    assert (anew["summary"], anew.get("superseded_by")) == ("Offer it green.", None)
    asked = app.model.count_calls(PROCEDURES)
    await learn(app, said="hm again")
    await derive(app)
    assert app.model.count_calls(PROCEDURES) == asked


async def test_a_candidate_that_ends_while_a_wish_is_asked_about_is_worded_anew_a_run_later(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Agent likes tea.", "tea"), said="I like tea", role="agent")
    await learn(app, fact("Agent wants it green.", "green"), said="green, that is", role="agent")
    await supersede(app, "Agent likes tea.", by="fact_x", reason="update")
    await derive(app, rule("Offer tea", "s1", summary="Offer green tea."))
    await rest_on_another(app, "Offer tea", "Agent likes tea.")
    await learn(app, fact("Wants German.", "German"), said="German, please")
    app.model.answer(PROCEDURES, {"procedures": [rule("German", "s1")]})
    await derive_hastily(app)
    assert (await procedures(app))["Offer tea"]["superseded_by"] == "fact_x"
    await learn(app, said="hm")
    app.model.answer(PROCEDURES, {"procedures": [rule("Offer tea", "s1", summary="Green.")]})
    await derive_hastily(app)
    anew = (await procedures(app))["Offer tea"]
    assert (anew["summary"], anew.get("superseded_by")) == ("Green.", None)
