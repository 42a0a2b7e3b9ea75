"""Threads that fail for a reason of their own: their turns wait for a day, and are dead letters."""

from collections.abc import Sequence

import pytest

from shared.adapters.cosmos_counting import CosmosCounting
from shared.adapters.cosmos_dead_letters import CosmosDeadLetterBox
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.adapters.cosmos_turn_inventory import CosmosTurnInventory
from shared.domain.backfill import BackfillRequest
from shared.domain.dead_letters import DeadLetter, Selection
from shared.domain.errors import ConflictError, StoreUnavailableError, TransientError
from shared.domain.turns import ThreadKey
from shared.services.container_lifetime import ContainerLifetime
from shared.services.count_turns import CountTurns
from shared.services.record_uncounted import RecordUncounted
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.failing_threads import CADENCE, HORIZON, counting
from tests.unit.services.runs import KEY, ThreadRun, fact_contents, thread_state

OTHER = ThreadKey(user_id="u2", thread_id="t2")
EVERYTHING = Selection()


async def break_thread(app: MemoryApp) -> None:
    """Somebody edits the state of the thread so that no turn can be added to it."""
    await app.say(KEY, "I own a cat")
    state = await app.read(app.counters, "state", KEY)
    await app.counters.upsert_item({**state, "arrived": "one"})


async def mend_thread(app: MemoryApp) -> None:
    state = await app.read(app.counters, "state", KEY)
    await app.counters.upsert_item({**state, "arrived": 1})


async def letters_of(app: MemoryApp) -> list[DeadLetter]:
    return await app.services.dead_letters.list_page(EVERYTHING)


async def scan(app: MemoryApp, after: float = 0.0, *, owed_since: float = 1.0) -> int:
    """Let time pass, and look for turns that the trigger never saw; how many threads are owed."""
    app.clock.advance(after)
    owed = 0
    async for page in app.services.sweep.turns.scan(0, 2**31):
        report = await app.services.count_turns.run(page, skip_recent=True, owed_since=owed_since)
        owed += report.failed
    return owed


async def open_letter(app: MemoryApp) -> DeadLetter:
    """One of a turn that came to a broken thread, a day later."""
    await break_thread(app)
    await app.write(KEY, "I own a dog")
    await scan(app, HORIZON + 60)
    [letter] = await letters_of(app)
    return letter


async def test_a_turn_of_a_broken_thread_is_owed_for_a_day_and_then_a_dead_letter(
    app: MemoryApp,
) -> None:
    await break_thread(app)
    [turn] = await app.write(KEY, "I own a dog")
    await app.write(OTHER, "I own a bat")
    assert await scan(app, HORIZON - 60) == 1
    assert await letters_of(app) == []
    assert (await thread_state(app, OTHER)).arrived == 1
    assert await scan(app, 120) == 0
    [letter] = await letters_of(app)
    assert (letter.key, letter.turn_id, letter.chunk) == (KEY, turn["id"], 0)
    assert (letter.error_code, letter.reason) == ("not_counted", "store_unavailable_400")
    assert letter.first_at < letter.last_at
    assert (await app.services.report_status.run())["dead_letters"] == 1


async def test_a_turn_that_is_counted_in_a_state_that_cannot_be_read_is_no_dead_letter(
    app: MemoryApp,
) -> None:
    await app.say(KEY, "I own a cat")
    state = await app.read(app.counters, "state", KEY)
    await app.counters.upsert_item({**state, "claim": "mine"})
    await app.write(KEY, "I own a dog")
    assert await scan(app) == 1
    assert await scan(app, HORIZON + 60) == 0
    assert await letters_of(app) == []
    assert (await app.services.report_status.run())["pending"] == 2
    assert (await app.services.sweep.run()).threads == []


async def test_the_sweepers_mark_lets_go_of_turns_that_are_dead_letters(app: MemoryApp) -> None:
    await break_thread(app)
    await app.write(KEY, "I own a dog")
    index = app.services.sweep.index
    app.clock.advance(600)
    report = await app.services.sweep.run()
    assert KEY not in report.threads
    assert (await index.load_scan_mark()).owed_from > 0
    app.clock.advance(HORIZON)
    await app.services.sweep.run()
    assert (await index.load_scan_mark()).owed_from == 0


async def test_a_thread_that_was_mended_has_its_letters_counted_and_processed(
    app: MemoryApp,
) -> None:
    letter = await open_letter(app)
    for _ in range(2):
        report = await app.services.dead_letters.retry(EVERYTHING)
        assert (report.retried, report.still_failing, report.threads) == (0, 1, [])
        assert await letters_of(app) == [letter]
    await mend_thread(app)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    report = await app.services.dead_letters.retry(Selection(ids=[letter.id]))
    assert (report.retried, report.not_retryable) == (1, 0)
    assert await letters_of(app) == []
    await app.services.flush.mark_thread(KEY, refresh=False)
    await ThreadRun(app).finish()
    assert await fact_contents(app) == {"Said: I own a cat", "Said: I own a dog"}
    state = await thread_state(app)
    assert (state.arrived, state.closed) == (2, 2)


async def test_a_letter_of_a_turn_that_is_gone_meanwhile_is_removed(app: MemoryApp) -> None:
    letter = await open_letter(app)
    await app.turns.delete_item(letter.turn_id, partition_key=["u1", "t1"])
    report = await app.services.dead_letters.retry(EVERYTHING)
    assert (report.retried, report.not_retryable) == (0, 1)
    assert await letters_of(app) == []


@pytest.mark.parametrize("by", ["scan", "backfill"])
async def test_a_turn_that_is_counted_after_all_has_no_letter_any_more(
    open_app: OpenApp, by: str
) -> None:
    app = await open_app()
    await open_letter(app)
    await mend_thread(app)
    other = await open_app()  # what this process remembers is not what that one does
    other.clock.advance(2 * HORIZON)
    if by == "scan":
        assert await scan(other) == 0
    else:
        request = BackfillRequest()
        await other.services.backfills.begin(request)
        while not (await other.services.run_backfill.run(request.backfill_id))[0].done:
            other.clock.advance(60)
    assert (await thread_state(other)).arrived == 2
    assert await letters_of(other) == []


async def test_what_is_erased_has_no_letter_either(app: MemoryApp) -> None:
    await open_letter(app)
    await mend_thread(app)
    await app.services.erase_turns.run("u1")
    assert await letters_of(app) == []


@pytest.mark.parametrize("error", [StoreUnavailableError("a batch", 429), ConflictError("first")])
async def test_an_outage_or_a_busy_thread_makes_no_dead_letter_however_long(
    app: MemoryApp, error: TransientError
) -> None:
    await app.write(KEY, "I own a dog")
    app.clock.advance(10 * HORIZON)
    count_turns, _ = counting(app, {KEY.thread_id}, error)
    async for page in app.services.sweep.turns.scan(0, 2**31):
        report = await count_turns.run(page, skip_recent=True, owed_since=1.0)
        assert report.uncounted == [KEY]
    assert await letters_of(app) == []


class UnwritableLetters(CosmosDeadLetterBox):
    """The real ones, none of which can be stored."""

    async def record(self, letters: Sequence[DeadLetter]) -> None:
        raise StoreUnavailableError("storing a dead letter", 503)


@pytest.mark.parametrize("container_is_gone", [True, False])
async def test_where_the_letter_cannot_be_stored_the_turn_is_still_owed(
    app: MemoryApp, container_is_gone: bool
) -> None:
    await break_thread(app)
    await app.write(KEY, "I own a dog")
    if container_is_gone:
        await app.database.delete_container(app.counters.id)
        assert await scan(app, HORIZON + 60) == 1
        return
    app.clock.advance(HORIZON + 60)
    uncounted = RecordUncounted(UnwritableLetters(app.counters), app.clock, HORIZON)
    lifetime = ContainerLifetime(CosmosTurnInventory(app.turns), app.clock)
    threads = CosmosThreadLog(app.counters, CosmosCounting(app.counters, app.clock))
    count_turns = CountTurns(threads, uncounted, lifetime, app.clock, CADENCE)
    async for page in app.services.sweep.turns.scan(0, 2**31):
        report = await count_turns.run(page, skip_recent=True, owed_since=1.0)
        assert (report.failed, report.uncounted) == (1, [KEY])


async def test_a_turn_that_came_a_moment_ago_is_owed_beside_one_that_is_a_dead_letter(
    app: MemoryApp,
) -> None:
    await break_thread(app)
    old = await app.write(KEY, "I own a dog")
    new = await app.write(KEY, "I own a bat")
    app.clock.advance(HORIZON + 60)
    new[0]["_ts"] = int(app.clock.now())
    count_turns = app.services.count_turns
    report = await count_turns.run([*old, *new], skip_recent=True, owed_since=1.0)
    assert (report.failed, report.uncounted) == (1, [KEY])
    assert [letter.turn_id for letter in await letters_of(app)] == [old[0]["id"]]


async def test_an_old_turn_is_not_given_up_at_the_first_failure(app: MemoryApp) -> None:
    await break_thread(app)
    await app.write(KEY, "I own a dog")
    index = app.services.sweep.index
    app.clock.advance(2 * HORIZON)  # nobody ran
    first_failure = app.clock.now()
    for _ in range(2):
        await app.services.sweep.run()
        assert await letters_of(app) == []
        mark = await index.load_scan_mark()
        assert (mark.owed_from > 0, mark.owed_since) == (True, first_failure)
        app.clock.advance(HORIZON / 3)
    await mend_thread(app)
    await app.services.sweep.run()
    mark = await index.load_scan_mark()
    assert (mark.owed_from, mark.owed_since) == (0, 0.0)
    assert (await thread_state(app)).arrived == 2
    assert await letters_of(app) == []
