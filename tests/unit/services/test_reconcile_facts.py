from dataclasses import replace

import pytest

from shared.domain.errors import ConflictError, ModelRefusedError, StoreUnavailableError
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact, fact_of_each_turn, facts, profile_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, RECONCILE, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.crashing_ports import Crash
from tests.unit.services.runs import ThreadRun, UserRun, fact_contents, user_state

QUICK = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 0,
    "USER_SUMMARY_EVERY_N": 2,
    "DEDUP_EVERY_N": 2,
}


async def say(app: MemoryApp, thread_id: str, content: str, day: int, role: str = "user") -> None:
    key = ThreadKey(user_id="u1", thread_id=thread_id)
    await app.say(key, content, role=role, created_at=f"2026-03-{day:02d}T00:00:00+00:00")
    await ThreadRun(app, key).finish()


def last_of_each_wins(payload: Payload) -> Reply:
    """Every fact contradicts the newest one."""
    newest, *others = [item["id"] for item in payload["facts"]]
    pairs = [{"winner": newest, "loser": label, "reason": "contradict"} for label in others]
    return {"pairs": pairs}


async def open_quick(open_app: OpenApp, **changes: object) -> MemoryApp:
    app = await open_app(**{**QUICK, **changes})
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    return app


async def test_a_contradiction_between_threads_ends_the_older_fact_before_the_profile(
    open_app: OpenApp,
) -> None:
    app = await open_quick(open_app)
    app.model.answer_by(RECONCILE, last_of_each_wins)
    await say(app, "late", "I live in Bremen", day=9)
    await say(app, "early", "I live in Hamburg", day=1)
    assert await UserRun(app).finish() == 1
    assert await fact_contents(app) == {"Said: I live in Bremen"}
    [ended] = await app.find(app.memories, "IS_DEFINED(c.superseded_by)")
    assert (ended["thread_id"], ended["supersede_reason"]) == ("early", "contradict")
    [asked] = [call.payload for call in app.model.calls if call.schema_name == PROFILE]
    assert asked["retracted"] == ["Said: I live in Hamburg"]
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_facts_are_compared_at_their_own_cadence_and_when_a_refresh_is_asked_for(
    open_app: OpenApp,
) -> None:
    app = await open_quick(open_app, DEDUP_EVERY_N=4)
    app.model.answer_by(RECONCILE, lambda _: {"pairs": []})
    for day in (1, 2):
        await say(app, "t", f"I own cat {day}", day)
    await UserRun(app).finish()
    assert app.model.count_calls(RECONCILE) == 0
    for day in (3, 4):
        await say(app, "t", f"I own cat {day}", day)
    await UserRun(app).finish()
    assert app.model.count_calls(RECONCILE) == 1
    await say(app, "t", "I own cat 5", day=5)
    await app.services.flush.mark_user("u1")
    await UserRun(app).finish()
    assert app.model.count_calls(RECONCILE) == 2
    assert (await user_state(app)).reconciled == 5


async def test_agents_facts_and_ended_facts_take_no_part(open_app: OpenApp) -> None:
    app = await open_quick(open_app)
    app.model.answer(EXTRACT, facts(fact("Likes tea.", "tea")), facts(fact("Booked.", "Booked")))
    await say(app, "t", "tea please", day=1)
    await say(app, "t", "Booked it for you", day=2, role="agent")
    await UserRun(app).finish()
    assert app.model.count_calls(RECONCILE) == 0
    assert (await user_state(app)).reconciled == 2


async def test_a_reconciliation_that_is_tried_again_uses_the_first_answer(
    open_app: OpenApp,
) -> None:
    app = await open_quick(open_app)
    app.model.answer(RECONCILE, {"pairs": [{"winner": "m1", "loser": "m2", "reason": "duplicate"}]})
    await say(app, "t", "I own a cat", day=1)
    await say(app, "t", "I have a cat", day=2)
    run = UserRun(app)
    plan = await run.plan()
    first = await run.reconcile(plan)
    assert await run.reconcile(plan, attempt=1) == first
    assert app.model.count_calls(RECONCILE) == 1
    assert await fact_contents(app) == {"Said: I have a cat"}


async def test_a_run_that_outlived_its_claim_ends_no_fact(open_app: OpenApp) -> None:
    app = await open_quick(open_app)
    app.model.answer_by(RECONCILE, last_of_each_wins)
    await say(app, "t", "I own a cat", day=1)
    await say(app, "t", "I own a dog", day=2)
    run = UserRun(app)
    plan = await run.plan()
    await run.reconcile(plan)
    await run.write(plan)
    await run.persist(plan)
    await run.commit(plan)
    await say(app, "t", "I own a fish", day=3)
    with pytest.raises(ConflictError):
        await run.reconcile(plan)
    assert await fact_contents(app) == {"Said: I own a dog", "Said: I own a fish"}


async def test_a_refused_comparison_ends_nothing_and_holds_nothing_up(open_app: OpenApp) -> None:
    app = await open_quick(open_app)
    app.model.answer_by(RECONCILE, lambda _: ModelRefusedError("reconcile", "content_filter"))
    await say(app, "t", "I own a cat", day=1)
    await say(app, "t", "I own a dog", day=2)
    assert await UserRun(app).finish() == 1
    assert len(await fact_contents(app)) == 2


@pytest.mark.parametrize("now", ["I own a dog", "I own a fish"])
async def test_an_ending_that_is_written_late_ends_nothing_by_what_has_ended_meanwhile(
    open_app: OpenApp, now: str
) -> None:
    app = await open_app(**QUICK)
    bird, cat, dog = "I own a bird", "I own a cat", "I own a dog"
    app.model.answer(EXTRACT, *(facts(fact(text, text)) for text in (bird, cat, dog)))
    by_the_cat = [{"winner": "m2", "loser": m, "reason": "duplicate"} for m in ("m3", "m1")]
    app.model.answer(RECONCILE, {"pairs": by_the_cat})
    for day, text in enumerate((bird, cat, dog), 1):
        await say(app, text.replace(" ", "-"), text, day)
    run = UserRun(app)
    plan = await run.plan()
    service = app.services.reconcile_facts
    dying = replace(service, facts=Crash(1).wrap(service.facts))
    with pytest.raises(StoreUnavailableError):
        await dying.run(run.step(plan))

    def end_the_cat(payload: Payload) -> Reply:
        ended = [known["id"] for known in payload["known"] if known["text"] == cat]
        return facts(fact(now, "not a cat", supersedes=ended))

    app.model.answer_by(EXTRACT, end_the_cat)
    await say(app, "I-own-a-dog", f"{now}, not a cat", day=4)
    await run.reconcile(plan, attempt=1)
    assert await fact_contents(app) == {dog, now}


async def test_a_duplicate_hands_its_date_on_to_what_ends_it(open_app: OpenApp) -> None:
    app = await open_quick(open_app)
    same = {"pairs": [{"winner": "m2", "loser": "m1", "reason": "duplicate"}]}
    app.model.answer(RECONCILE, same)
    await say(app, "a", "I live in Berlin", day=1)
    await say(app, "b", "Berlin is where I live", day=9)
    run = UserRun(app)
    plan = await run.plan()
    for attempt in range(2):
        assert (await run.reconcile(plan, attempt=attempt)).count == 1
        [kept] = await app.find(app.memories, "NOT IS_DEFINED(c.superseded_by)")
        assert kept["content"] == "Said: I live in Berlin"
        assert kept["metadata"]["last_said_at"] == "2026-03-09T00:00:00+00:00"


async def test_equal_facts_are_compared_by_when_either_was_said_last(open_app: OpenApp) -> None:
    """Without profiles nobody else folds them."""
    app = await open_quick(open_app, USER_SUMMARY_EVERY_N=0, DEDUP_EVERY_N=3)
    app.model.answer_by(RECONCILE, last_of_each_wins)
    await say(app, "a", "I live in Berlin", day=1)
    await say(app, "b", "I live in Paris", day=5)
    await say(app, "c", "I live in Berlin", day=9)
    await UserRun(app).finish()
    asked = [c.payload["facts"] for c in app.model.calls if c.schema_name == RECONCILE]
    moments = [(item["text"].split()[-1], item["at"][:10]) for item in asked[0]]
    assert moments == [("Berlin", "2026-03-09"), ("Paris", "2026-03-05")]
    assert await fact_contents(app) == {"Said: I live in Berlin"}
