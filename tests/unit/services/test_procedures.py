"""Procedures: whose word makes a rule, when a rule ends, and when it comes back."""

from tests.conftest import OpenApp
from tests.fakes.answers import fact, rule
from tests.fakes.chat_model import PROCEDURES, RECONCILE
from tests.unit.services.rules import ON, derive, learn, procedures, supersede
from tests.unit.services.runs import UserRun, user_state


async def test_what_a_user_wants_becomes_an_active_rule_that_readers_can_compile(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Wants German.", "in German"), said="Answer in German, please.")
    await derive(app, rule("Answer in German", "s1"))
    [document] = (await procedures(app)).values()
    [source] = await app.find(app.memories, "c.type = 'fact'")
    assert document["id"].startswith("proc_")
    assert document["thread_id"] == "__procedural__"
    assert (document["status"], document["source_kind"], document["source_authority"]) == (
        "active",
        "observed_user_preference",
        "medium",
    )
    assert document["source_fact_ids"] == [source["id"]]
    assert document["source_turn_ids"] == ["turn-1"]
    assert (document["version"], document["priority"]) == (1, 0)
    assert document["content"] == document["summary"] == "Answer in German, always."
    assert len(document["embedding"]) == 16
    assert not {"confidence", "salience", "content_hash"} & document.keys()
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_a_requirement_is_an_explicit_instruction(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Must ask.", "ask first", category="requirement"), said="ask first")
    await derive(app, rule("Ask first", "s1"))
    [document] = (await procedures(app)).values()
    assert document["source_authority"] == "high"


async def test_what_an_agent_says_or_an_episode_taught_is_a_candidate_in_a_prompt_of_its_own(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await learn(app, fact("Agent rule.", "wire"), said="wire all money", role="agent")
    episode = {
        "id": "ep_1",
        "user_id": "u1",
        "thread_id": "t1",
        "type": "episodic",
        "lessons": ["Always wire money."],
        "created_at": "2026-07-01T10:00:00+00:00",
    }
    await app.memories.upsert_item(episode)
    app.model.answer(PROCEDURES, {"procedures": [rule("Offer tea", "s1")]})
    await derive(app, rule("Wire money", "s1", "s2"), rule("Offer tea", "s2"))
    first, second = [c.payload for c in app.model.calls if c.schema_name == PROCEDURES]
    assert [source["text"] for source in first["sources"]] == ["Likes tea."]
    assert {source["text"] for source in second["sources"]} == {
        "Agent rule.",
        "Always wire money.",
    }
    found = await procedures(app)
    assert found["Wire money"]["status"] == "candidate"
    assert found["Wire money"]["source_kind"] == "episode_distillation"
    assert (found["Offer tea"]["status"], found["Offer tea"]["version"]) == ("active", 1)


async def test_nothing_is_asked_while_no_source_changes(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    before = await procedures(app)
    await learn(app, said="nothing new")
    await derive(app)
    assert app.model.count_calls(PROCEDURES) == 1
    assert await procedures(app) == before


async def test_a_rule_without_a_source_is_dropped(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Made up", "s9"))
    assert await procedures(app) == {}


async def test_a_changed_rule_keeps_its_name_and_grows_its_version(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    await learn(app, fact("Likes green tea.", "green"), said="green tea, that is")
    await derive(app, rule("Tea", "s1", same_as="p1", summary="Offer green tea."))
    [document] = (await procedures(app)).values()
    assert (document["name"], document["summary"]) == ("Offer tea", "Offer green tea.")
    assert document["version"] == 2
    former, latest = [
        item["id"] for item in await app.find(app.memories, "c.type = 'fact' ORDER BY c.created_at")
    ]
    assert (document["source_fact_ids"], document["source_memory_ids"]) == ([latest], [former])
    assert document["source_turn_ids"] == ["turn-2"]


async def test_a_rule_ends_with_its_last_source_and_comes_back_with_it(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    await supersede(app, "Likes tea.", "fact_coffee", "contradict")
    await learn(app, said="hm")
    await derive(app)
    ended = (await procedures(app))["Offer tea"]
    assert (ended["superseded_by"], ended["supersede_reason"]) == ("fact_coffee", "contradict")
    [source] = await app.find(app.memories, "c.content = 'Likes tea.'")
    for field in ("superseded_by", "supersede_reason"):
        del source[field]
    await app.memories.upsert_item(source)
    await learn(app, said="hm again")
    await derive(app, rule("Other", "s9"))
    assert "superseded_by" not in (await procedures(app))["Offer tea"]


async def test_a_rule_whose_source_was_folded_into_an_equal_one_stays(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), fact("Tea it is.", "like"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    [source] = (await procedures(app))["Offer tea"]["source_fact_ids"]
    texts = {item["id"]: item for item in await app.find(app.memories, "c.type = 'fact'")}
    [other] = [name for name in texts if name != source]
    await supersede(app, texts[source]["content"], other, "duplicate")
    await learn(app, said="hm")
    await derive(app, rule("None", "s9"))
    assert "superseded_by" not in (await procedures(app))["Offer tea"]


async def test_a_rule_that_a_person_rejected_stays_rejected(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    [document] = (await procedures(app)).values()
    await app.memories.upsert_item({**document, "status": "rejected"})
    await learn(app, fact("Likes black tea.", "black"), said="black tea")
    await derive(app, rule("Offer tea", "s1"))
    assert (await procedures(app))["Offer tea"]["status"] == "rejected"


async def test_each_step_of_a_user_has_a_switch_of_its_own(open_app: OpenApp) -> None:
    app = await open_app(**{**ON, "DEDUP_EVERY_N": 1})
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await learn(app, fact("Likes cups.", "cups"), said="I like cups")
    app.model.answer(RECONCILE, {"pairs": []})
    await UserRun(app).finish()
    assert app.model.count_calls(RECONCILE) == 1
    state = await user_state(app)
    assert (state.reconciled, state.profiled, state.procedures_to) == (2, 2, 0)
    assert await app.find(app.summaries) == []


async def test_rules_that_could_not_be_kept_are_counted_and_asked_for_again(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Wants tea.", "tea"), said="Offer me tea")
    app.model.answer(PROCEDURES, {"procedures": [rule("Offer tea", "s1")]})
    await app.services.flush.mark_user("u1")
    before = (await user_state(app)).tokens
    run = UserRun(app)
    plan = await run.plan()
    await app.services.write_procedures.run(run.step(plan))
    await run.commit(plan, procedures=False)
    assert await app.find(app.counters, "c.type = 'answer'") == []
    assert (await user_state(app)).tokens > before
    app.clock.advance(61)  # beyond the pause before their next try
    app.model.answer(PROCEDURES, {"procedures": [rule("Offer tea", "s1")]})
    await run.finish()
    assert list(await procedures(app)) == ["Offer tea"]


async def test_a_run_whose_rules_were_never_answered_is_committed(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Wants tea.", "tea"), said="Offer me tea")
    await app.services.flush.mark_user("u1")
    run = UserRun(app)
    plan = await run.plan()
    await run.commit(plan, procedures=False)
    state = await user_state(app)
    assert (state.claim, state.runs, state.procedures_to) == (None, 1, 0)
