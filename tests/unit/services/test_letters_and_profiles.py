"""Turns that are tried again from the dead letters reach the profile, although none is new."""

from dataclasses import replace

import pytest

from shared.domain.dead_letters import Selection
from shared.domain.errors import ModelRefusedError, StoreUnavailableError
from shared.domain.messages import CommitJob
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.crashing_ports import Crash
from tests.unit.services.reprocessing import begin
from tests.unit.services.runs import KEY, ThreadRun, UserRun, user_state

OTHER = ThreadKey(user_id="u1", thread_id="t2")
EVERYTHING = Selection()
EACH = {"FACT_EXTRACTION_EVERY_N": 1, "USER_SUMMARY_EVERY_N": 1}


def refuse_all(payload: Payload) -> Reply:
    return ModelRefusedError("extract", "content_filter")


def teach(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)


async def converse(app: MemoryApp, *contents: str, key: ThreadKey = KEY) -> None:
    await app.say(key, *contents)
    await ThreadRun(app, key).finish()
    await UserRun(app).finish()


async def profile_text(app: MemoryApp) -> str:
    [profile] = await app.find(app.summaries, "c.type = 'user_summary'")
    return str(profile["content"])


async def active_hashes(app: MemoryApp) -> list[str]:
    facts = await app.find(app.memories, "c.type = 'fact' AND NOT IS_DEFINED(c.superseded_by)")
    return [fact["content_hash"] for fact in facts]


async def leave_a_letter(app: MemoryApp, content: str, key: ThreadKey) -> None:
    app.model.answer_by(EXTRACT, refuse_all)
    await converse(app, content, key=key)
    app.model.answer_by(EXTRACT, fact_of_each_turn)


async def test_a_letter_that_is_retried_is_told_in_the_profile(open_app: OpenApp) -> None:
    app = await open_app(**EACH)
    teach(app)
    await converse(app, "I own a cat")
    await leave_a_letter(app, "I own a dog", KEY)
    assert await profile_text(app) == "Said: I own a cat"
    await app.services.dead_letters.retry(EVERYTHING)
    plan = await ThreadRun(app).plan()
    assert (await ThreadRun(app).round(plan)).profile_due
    await UserRun(app).finish()
    assert "Said: I own a dog" in await profile_text(app)
    assert (await user_state(app)).turns == 2


async def test_a_generation_that_derives_a_once_retried_turn_asks_for_one_profile_at_its_end(
    open_app: OpenApp,
) -> None:
    app = await open_app(**EACH)
    teach(app)
    await leave_a_letter(app, "I own a dog", KEY)
    await app.services.dead_letters.retry(EVERYTHING)
    await ThreadRun(app).finish()
    await UserRun(app).finish()
    await converse(app, "I own a cat")
    await begin(app)
    run = ThreadRun(app)
    await run.round(await run.plan())
    assert not (await user_state(app)).refresh
    plan = await run.plan()
    assert plan.retire
    await run.round(plan)
    assert (await user_state(app)).refresh


async def test_a_retried_turn_that_says_what_is_known_leaves_one_active_fact(
    open_app: OpenApp,
) -> None:
    app = await open_app(**EACH)
    teach(app)
    await converse(app, "I like tea")
    await leave_a_letter(app, "I like tea", OTHER)
    await app.services.dead_letters.retry(EVERYTHING)
    await ThreadRun(app, OTHER).finish()
    assert len(await active_hashes(app)) == 2
    await UserRun(app).finish()
    assert len(await active_hashes(app)) == 1


async def test_a_crash_between_the_wish_for_a_profile_and_the_commit_loses_neither(
    open_app: OpenApp,
) -> None:
    app = await open_app(**EACH)
    teach(app)
    await converse(app, "I own a cat")
    await leave_a_letter(app, "I own a dog", KEY)
    await app.services.dead_letters.retry(EVERYTHING)
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    persisted = await run.persist(plan)
    commit = app.services.commit_thread
    users = Crash(writes=1).wrap(commit.users)
    job = CommitJob(**run.step(plan).model_dump(), extracted=persisted)
    with pytest.raises(StoreUnavailableError):
        await replace(commit, users=users).run(job)
    assert (await user_state(app)).refresh
    assert await UserRun(app).finish() == 0
    await commit.run(job)
    await UserRun(app).finish()
    assert "Said: I own a dog" in await profile_text(app)


@pytest.mark.parametrize("switched_off", [False, True])
async def test_a_retry_that_brings_nothing_new_asks_for_no_profile(
    open_app: OpenApp, switched_off: bool
) -> None:
    app = await open_app(**{**EACH, "USER_SUMMARY_EVERY_N": 0 if switched_off else 1})
    teach(app)
    await converse(app, "I own a cat")
    await leave_a_letter(app, "I own a dog", KEY)
    if not switched_off:
        app.model.answer_by(EXTRACT, refuse_all)
    await app.services.dead_letters.retry(EVERYTHING)
    await ThreadRun(app).finish()
    assert not (await user_state(app)).refresh
