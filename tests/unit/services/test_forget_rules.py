"""Rules that are on their way while what they came of is forgotten: no word of it stays."""

from shared.domain.messages import ProfilePlan
from tests.conftest import OpenApp
from tests.fakes.answers import fact, rule
from tests.fakes.chat_model import PROCEDURES
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.forgetting import look, rest
from tests.unit.services.rules import ON, derive, learn, procedures
from tests.unit.services.runs import KEY, UserRun


async def journal_rules(app: MemoryApp) -> tuple[UserRun, ProfilePlan]:
    """A run that has asked for two rules, one of which came of both wishes, and written none."""
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await learn(app, fact("Wants it green.", "green"), said="green, that is")
    both = rule("Offer tea", "s1", "s2", summary="Offer green tea.")
    one = rule("Drink", "s2", summary="Offer tea first.")
    app.model.answer(PROCEDURES, {"procedures": [both, one]})
    await app.services.flush.mark_user("u1")
    run = UserRun(app)
    plan = await run.plan()
    await app.services.write_procedures.run(run.step(plan))
    return run, plan


async def erase_green(app: MemoryApp) -> None:
    [turn] = await app.find(app.turns, "CONTAINS(c.content, 'green')")
    await app.services.erase_turns.run("u1", KEY.thread_id, [turn["id"]])


async def settle(app: MemoryApp) -> None:
    app.model.answer_by(PROCEDURES, lambda _: {"procedures": []})
    await look(app, 4)
    await rest(app)


async def test_a_journalled_rule_of_which_a_source_is_forgotten_is_not_written(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    run, plan = await journal_rules(app)
    await erase_green(app)
    await app.services.persist_procedures.run(run.step(plan))
    assert list(await procedures(app)) == ["Drink"]
    await run.commit(plan)
    await settle(app)
    assert list(await procedures(app)) == ["Drink"]
    assert "green" not in str(await app.find(app.memories))


async def test_a_rule_that_is_written_in_the_moment_of_forgetting_is_found_by_the_second_pass(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    run, plan = await journal_rules(app)
    await app.services.persist_procedures.run(run.step(plan))
    late = (await procedures(app))["Offer tea"]
    await run.commit(plan)
    await erase_green(app)
    assert list(await procedures(app)) == ["Drink"]
    await app.memories.create_item(late)
    await settle(app)
    assert list(await procedures(app)) == ["Drink"]
    assert await app.find(app.counters, "c.type = 'vanished_turns'") == []


async def test_a_journalled_revision_of_a_rule_that_is_forgotten_is_not_written(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ON)
    await learn(app, fact("Wants it green.", "green"), said="green, that is")
    await derive(app, rule("Offer tea", "s1", summary="Offer green tea."))
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    revision = rule("Offer tea", "s1", same_as="p1", summary="Offer green tea with milk.")
    app.model.answer(PROCEDURES, {"procedures": [revision]})
    await app.services.flush.mark_user("u1")
    run = UserRun(app)
    plan = await run.plan()
    await app.services.write_procedures.run(run.step(plan))
    await erase_green(app)
    assert await procedures(app) == {}
    await app.services.persist_procedures.run(run.step(plan))
    assert await procedures(app) == {}
    await run.commit(plan)
    app.model.answer_by(PROCEDURES, lambda _: {"procedures": [rule("Offer tea", "s1")]})
    await look(app, 4)
    await rest(app)
    assert list(await procedures(app)) == ["Offer tea"]
    assert "green" not in str(await app.find(app.memories))
