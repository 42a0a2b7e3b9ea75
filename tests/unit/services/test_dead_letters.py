from typing import Any

import pytest

from shared.domain.dead_letters import DeadLetter, Selection
from shared.domain.turns import MAX_PARTITION_BYTES, ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import (
    FAILED,
    KEY,
    ThreadRun,
    fact_contents,
    ledger,
    thread_state,
    user_state,
)
from tests.unit.services.test_extract_facts import FIVE, refuse_poison

EVERYTHING = Selection()
OTHER = ThreadKey(user_id="u2", thread_id="t1")


async def letters_of(app: MemoryApp, selection: Selection = EVERYTHING) -> list[DeadLetter]:
    return await app.services.dead_letters.list_page(selection)


async def refuse_one(app: MemoryApp, key: ThreadKey = KEY) -> DeadLetter:
    """A chunk of five turns, of which the model refuses the last."""
    app.model.answer_by(EXTRACT, refuse_poison)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(key, *FIVE[:4], "poison")
    await ThreadRun(app, key).finish()
    [letter] = await letters_of(app, Selection(user_id=key.user_id))
    return letter


async def test_a_letter_that_is_retried_is_processed_like_a_new_turn(app: MemoryApp) -> None:
    letter = await refuse_one(app)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    report = await app.services.dead_letters.retry(Selection(ids=[letter.id]))
    assert (report.retried, report.not_retryable, report.threads) == (1, 0, [KEY])
    assert (await app.services.report_status.run())["pending"] == 1
    await ThreadRun(app).finish()
    assert "Said: poison" in await fact_contents(app)
    assert await letters_of(app) == []
    first, second = await ledger(app)
    assert first["outcomes"][letter.turn_id] == "dead_lettered"
    assert second["outcomes"] == {letter.turn_id: "extracted"}
    state = await thread_state(app)
    assert (state.arrived, state.closed, state.pending, state.idle) == (5, 5, 0, True)
    assert (state.outcomes["extracted"], state.outcomes["dead_lettered"]) == (5, 0)


async def test_a_retried_turn_is_not_counted_again_for_its_user(app: MemoryApp) -> None:
    letter = await refuse_one(app)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.services.dead_letters.retry(Selection(ids=[letter.id]))
    await ThreadRun(app).finish()
    assert (await user_state(app)).turns == 5
    counter = await app.read(
        app.counters, "user:u1", ThreadKey(user_id="u1", thread_id="__counters__")
    )
    assert counter["count"] == 5


async def test_a_turn_that_fails_again_keeps_its_first_time_and_counts_its_tries(
    app: MemoryApp,
) -> None:
    letter = await refuse_one(app)
    for tries in (2, 3):
        app.clock.advance(60)
        await app.services.dead_letters.retry(EVERYTHING)
        await ThreadRun(app).finish()
        [again] = await letters_of(app)
        assert (again.id, again.attempts) == (letter.id, tries)
        assert again.first_at == letter.first_at < again.last_at
    assert (await thread_state(app)).outcomes["dead_lettered"] == 1


async def test_a_summary_has_each_turn_once_after_a_retry(open_app: OpenApp) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=5)
    letter = await refuse_one(app)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.services.dead_letters.retry(Selection(ids=[letter.id]))
    await ThreadRun(app).finish()
    await app.say(KEY, *FIVE)
    await ThreadRun(app).finish()
    state = await thread_state(app)
    assert (state.summarized, state.closed, state.arrived) == (10, 10, 10)


async def test_a_retry_while_a_chunk_is_worked_on_joins_the_next_one(app: MemoryApp) -> None:
    letter = await refuse_one(app)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *FIVE)
    run = ThreadRun(app)
    plan = await run.plan()
    await app.services.dead_letters.retry(Selection(ids=[letter.id]))
    assert (await run.round(plan)).due
    await run.finish()
    state = await thread_state(app)
    assert (state.closed, state.outcomes["extracted"]) == (10, 10)
    assert [len(record["turn_ids"]) for record in await ledger(app)] == [5, 5, 1]


async def test_two_who_retry_the_same_letter_open_its_turn_once(
    app: MemoryApp, open_app: OpenApp
) -> None:
    letter = await refuse_one(app)
    [stale] = await letters_of(app)
    await app.services.dead_letters.retry(Selection(ids=[letter.id]))
    box = app.services.dead_letters.box
    assert await box.still_there(KEY, [stale]) == ([], [])
    report = await app.services.dead_letters.retry(Selection(ids=[letter.id]))
    assert (report.retried, report.not_retryable) == (0, 0)
    assert (await thread_state(app)).pending == 1


async def test_dropped_letters_are_gone_and_their_turns_stay_closed(app: MemoryApp) -> None:
    await refuse_one(app)
    await refuse_one(app, OTHER)
    assert await app.services.dead_letters.drop(Selection(user_id="u1")) == 1
    assert [letter.user_id for letter in await letters_of(app)] == ["u2"]
    assert (await thread_state(app)).pending == 0
    assert await app.services.dead_letters.drop(EVERYTHING) == 1
    assert await app.services.dead_letters.drop(EVERYTHING) == 0


async def test_a_chunk_that_fails_past_the_horizon_lets_those_behind_it_go_on(
    open_app: OpenApp,
) -> None:
    app = await open_app(MEMORY_RETRY_HORIZON_SECONDS=3600, MEMORY_DEFER_SECONDS=600)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(KEY, *FIVE)
    run = ThreadRun(app)
    tries = 0
    while (await thread_state(app)).pending:
        plan = await run.plan()
        if plan.due:
            tries += 1
            await run.commit(plan, FAILED)
        app.clock.advance(600)
    assert tries >= 3
    letters = await letters_of(app)
    assert {letter.error_code for letter in letters} == {"retries_exhausted"}
    assert len(letters) == 5
    [record] = await ledger(app)
    assert set(record["outcomes"].values()) == {"dead_lettered"}
    await app.say(KEY, *[f"{text} again" for text in FIVE])
    await run.finish()
    assert len(await fact_contents(app)) == 5
    await app.services.dead_letters.retry(EVERYTHING)
    await run.finish()
    assert len(await fact_contents(app)) == 10
    assert await letters_of(app) == []


async def test_an_answer_of_a_chunk_that_was_given_up_is_gone_with_it(open_app: OpenApp) -> None:
    app = await open_app(MEMORY_RETRY_HORIZON_SECONDS=1)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *FIVE)
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    await run.commit(plan, FAILED)
    app.clock.advance(7200)
    await run.commit(await run.plan(), FAILED)
    assert await app.find(app.counters, "c.type = 'answer'") == []
    assert len(await letters_of(app)) == 5


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"user_id": ""}, "id_missing"),
    ({"thread_id": 7}, "id_missing"),
    ({"thread_id": "t" * MAX_PARTITION_BYTES}, "ids_too_long"),
]


@pytest.mark.parametrize(("fields", "reason"), UNUSABLE)
async def test_a_turn_that_cannot_be_counted_is_a_letter_and_not_lost(
    app: MemoryApp, fields: dict[str, Any], reason: str
) -> None:
    good = await app.write(KEY, "my secret", "2")
    broken = {**good[0], **fields}
    for _ in range(2):
        report = await app.services.count_turns.run([broken, *good])
        assert (report.counted, report.failed, report.rejected) == (1, 0, 1)
    [letter] = await letters_of(app)
    assert (letter.reason, letter.error_code) == (reason, "invalid_turn")
    assert letter.turn_id == good[0]["id"]
    assert "secret" not in repr(letter)
    assert (await app.services.report_status.run())["dead_letters"] == 1
    retried = await app.services.dead_letters.retry(EVERYTHING)
    assert (retried.retried, retried.not_retryable) == (0, 1)
    assert await letters_of(app, Selection(user_id=letter.user_id)) == [letter]
    assert await app.services.dead_letters.drop(Selection(ids=[letter.id])) == 1
    assert await letters_of(app) == []


async def test_letters_are_listed_page_by_page_without_gap(app: MemoryApp) -> None:
    good = await app.write(KEY, "x")
    await app.services.count_turns.run([{**good[0], "id": f"{n}", "user_id": ""} for n in range(7)])
    box = app.services.dead_letters
    first = await box.list_page(EVERYTHING, limit=5)
    rest = await box.list_page(EVERYTHING, after=first[-1].id, limit=5)
    assert (len(first), len(rest)) == (5, 2)
    assert sorted(letter.turn_id for letter in [*first, *rest]) == [f"{n}" for n in range(7)]
