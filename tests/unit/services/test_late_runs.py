"""A run that is stopped for long and wakes up after its claim was committed changes nothing."""

import pytest

from shared.domain.errors import ConflictError
from shared.domain.messages import PersistJob
from tests.conftest import OpenApp
from tests.fakes.answers import fact, facts, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE, Payload, Reply
from tests.unit.services.runs import KEY, ThreadRun, UserRun, fact_contents, ledger, thread_state
from tests.unit.services.test_profiles import PROFILE_KEY

ONE = {"FACT_EXTRACTION_EVERY_N": 1, "THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 0}
SUMMARIES = {"FACT_EXTRACTION_EVERY_N": 0, "THREAD_SUMMARY_EVERY_N": 2, "USER_SUMMARY_EVERY_N": 0}
OPPOSITES = {"I like tea": "I hate tea", "I hate tea": "I like tea"}


def take_the_place_of_the_opposite(payload: Payload) -> Reply:
    text = payload["turns"][0]["text"]
    known = {item["text"]: item["id"] for item in payload["known"]}
    ended = [known[OPPOSITES[text]]] if OPPOSITES[text] in known else []
    return facts(fact(text, text, supersedes=ended))


@pytest.mark.parametrize("fields", [{}, {"created_at": "2026-07-01T10:00:00+00:00"}])
async def test_late_decisions_do_not_end_a_fact_that_was_said_again(
    open_app: OpenApp, fields: dict[str, str]
) -> None:
    """At growing times, and all within one second of a coarse clock."""
    app = await open_app(**ONE)
    app.model.answer_by(EXTRACT, take_the_place_of_the_opposite)
    run = ThreadRun(app)
    await app.say(KEY, "I like tea", **fields)
    await run.finish()
    await app.say(KEY, "I hate tea", **fields)
    plan = await run.plan()
    await run.extract(plan)
    job = run.step(plan)
    decisions = await app.services.deduplicate_facts.run(job)
    late = PersistJob.model_validate({**job.model_dump(), **decisions.model_dump()})
    await run.commit(plan, await run.persist(plan))
    await app.say(KEY, "I like tea", **fields)
    await run.finish()
    assert await fact_contents(app) == {"I like tea"}
    await app.services.persist_facts.run(late)
    assert await fact_contents(app) == {"I like tea"}


async def test_a_late_summary_does_not_replace_one_that_covers_more(open_app: OpenApp) -> None:
    app = await open_app(**SUMMARIES)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    run = ThreadRun(app)
    await app.say(KEY, "a1", "a2")
    plan = await run.plan()
    await run.commit(plan, None, await run.summarize(plan))
    await app.say(KEY, "b1", "b2")
    await run.finish()
    await app.services.persist_summary.run(run.step(plan))
    await app.say(KEY, "c1", "c2")
    await run.finish()
    stored = await app.read(app.summaries, "summary_u1_t1", KEY)
    points = stored["metadata"]["structured_summary"]["key_points"]
    assert points == ["a1", "a2", "b1", "b2", "c1", "c2"]
    assert stored["metadata"]["chunks"] == [1, 3]


async def test_a_summary_that_somebody_has_tagged_is_still_brought_up_to_date(
    open_app: OpenApp,
) -> None:
    app = await open_app(**SUMMARIES)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    run = ThreadRun(app)
    await app.say(KEY, "a1", "a2")
    await run.finish()
    await app.say(KEY, "b1", "b2")
    plan = await run.plan()
    await app.services.write_summary.run(run.step(plan))
    stored = await app.read(app.summaries, "summary_u1_t1", KEY)
    await app.summaries.upsert_item({**stored, "tags": ["mine"]})
    await run.commit(plan, None, await app.services.persist_summary.run(run.step(plan)))
    stored = await app.read(app.summaries, "summary_u1_t1", KEY)
    assert stored["metadata"]["chunks"] == [1, 2]


async def test_a_late_profile_does_not_replace_a_newer_one(open_app: OpenApp) -> None:
    app = await open_app(**{**ONE, "USER_SUMMARY_EVERY_N": 1})
    app.model.answer_by(EXTRACT, lambda p: facts(fact(p["turns"][0]["text"], "I")))
    app.model.answer_by(PROFILE, profile_of_all)
    await app.say(KEY, "I own a cat")
    await ThreadRun(app).finish()
    run = UserRun(app)
    plan = await run.plan()
    await run.write(plan)
    await run.persist(plan)
    await run.commit(plan)
    await app.say(KEY, "I own a dog")
    await ThreadRun(app).finish()
    await run.finish()
    await run.persist(plan)
    stored = await app.read(app.summaries, "user_summary_u1", PROFILE_KEY)
    assert stored["content"] == "I own a cat; I own a dog"
    assert stored["metadata"]["run"] == 2


async def test_a_run_that_has_lost_its_claim_asks_no_model_again(open_app: OpenApp) -> None:
    app, late = await open_app(**ONE), await open_app(**ONE)
    for worker in (app, late):
        worker.model.answer_by(EXTRACT, lambda p: facts(fact(p["turns"][0]["text"], "I")))
    await app.say(KEY, "I like tea")
    run, loser = ThreadRun(app), ThreadRun(late)
    plan, adopted = await run.plan(), await loser.plan()
    assert adopted.adopted
    await run.round(plan)
    for attempt in range(6):
        with pytest.raises(ConflictError):
            await loser.extract(adopted, attempt=attempt)
    assert late.model.calls == []


async def test_a_user_run_that_has_lost_its_claim_asks_no_model_again(open_app: OpenApp) -> None:
    settings = {**ONE, "USER_SUMMARY_EVERY_N": 1}
    app, late = await open_app(**settings), await open_app(**settings)
    app.model.answer_by(EXTRACT, lambda p: facts(fact(p["turns"][0]["text"], "I")))
    app.model.answer_by(PROFILE, profile_of_all)
    await app.say(KEY, "I like tea")
    await ThreadRun(app).finish()
    plan, adopted = await UserRun(app).plan(), await UserRun(late).plan()
    await UserRun(app).write(plan)
    await UserRun(app).persist(plan)
    await UserRun(app).commit(plan)
    await app.say(KEY, "I own a cat")
    await ThreadRun(app).finish()
    for attempt in range(1, 6):
        with pytest.raises(ConflictError):
            await UserRun(late).write(adopted, attempt=attempt)
    assert late.model.calls == []


async def test_a_late_commit_leaves_the_next_claim_alone(open_app: OpenApp) -> None:
    app = await open_app(**ONE)
    app.model.answer_by(EXTRACT, take_the_place_of_the_opposite)
    run = ThreadRun(app)
    await app.say(KEY, "I like tea")
    first = await run.plan()
    await run.extract(first)
    persisted = await run.persist(first)
    await run.commit(first, persisted)
    await app.say(KEY, "I hate tea")
    second = await run.plan()
    await run.extract(second)
    await run.commit(first, persisted)
    claim = (await thread_state(app)).claim
    assert claim is not None
    assert claim.key == second.claim_key
    assert [record["chunk"] for record in await ledger(app)] == [1]
