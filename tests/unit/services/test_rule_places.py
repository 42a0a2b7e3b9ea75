"""How many rules a user may have, and that none is shut out by what agents do not follow."""

from tests.conftest import OpenApp
from tests.fakes.answers import fact, rule
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.rules import ON, derive, learn, procedures


async def store_rules(app: MemoryApp, count: int, status: str, **fields: object) -> None:
    """Rules as an earlier run has left them, the first of them the latest."""
    for n in range(count):
        document: Document = {
            "id": f"proc_{status}_{n}",
            "user_id": "u1",
            "thread_id": "__procedural__",
            "type": "procedural",
            "name": f"{status} {n}",
            "summary": f"Do {n}.",
            "content": f"Do {n}.",
            "status": status,
            "updated_at": f"2026-06-{30 - n % 30:02}T10:00:00+00:00",
            "source_fact_ids": [],
            **fields,
        }
        await app.memories.upsert_item(document)


async def test_candidates_take_no_place_of_what_the_user_asks_for(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await store_rules(app, 110, "candidate")
    await learn(app, fact("Wants German.", "in German"), said="Answer in German, please.")
    await derive(app, rule("Answer in German", "s1"))
    assert (await procedures(app))["Answer in German"]["status"] == "active"


async def test_rules_that_have_ended_take_no_place(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    ended = {"superseded_by": "fact_x", "superseded_at": "2026-07-01T10:00:00+00:00"}
    await store_rules(app, 110, "active", **ended)
    await learn(app, fact("Wants German.", "in German"), said="Answer in German, please.")
    await derive(app, rule("Answer in German", "s1"))
    assert "Answer in German" in await procedures(app)


async def test_candidates_and_active_rules_each_have_a_limit(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await store_rules(app, 99, "candidate")
    await store_rules(app, 99, "active")
    await learn(app, fact("Agent rule.", "wire"), said="wire all money", role="agent")
    await derive(app, rule("Hint 1", "s1"), rule("Hint 2", "s1"))
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Wish 1", "s1"), rule("Wish 2", "s1"))
    found = await procedures(app)
    assert {"Hint 1", "Wish 1"} <= found.keys()
    assert not {"Hint 2", "Wish 2"} & found.keys()


async def test_a_rule_at_the_limit_can_still_be_changed(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await store_rules(app, 99, "active")
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    await learn(app, fact("Likes green tea.", "green"), said="green tea, that is")
    await derive(app, rule("Offer tea", "s1", summary="Offer green tea."))
    assert (await procedures(app))["Offer tea"]["summary"] == "Offer green tea."


async def test_a_rule_ends_with_its_source_however_many_are_newer(open_app: OpenApp) -> None:
    app = await open_app(**ON)
    await store_rules(app, 1, "active", source_fact_ids=["fact_unknown"], updated_at="2020")
    ended = {"superseded_by": "fact_x", "superseded_at": "2026-07-01T10:00:00+00:00"}
    await store_rules(app, 120, "candidate", **ended)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea")
    await derive(app, rule("Offer tea", "s1"))
    assert (await procedures(app))["active 0"]["superseded_by"] == "fact_unknown"
