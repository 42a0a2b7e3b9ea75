import asyncio
import logging

import pytest

from shared.domain.errors import StoreUnavailableError
from shared.domain.turns import ThreadKey
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.failing_threads import counting
from tests.unit.services.runs import KEY, ThreadRun, thread_state

OTHER = ThreadKey(user_id="u1", thread_id="t2")


async def test_a_thread_is_due_when_its_cadence_is_full_and_nobody_is_at_it(
    app: MemoryApp,
) -> None:
    report = await app.say(KEY, "1", "2", "3", "4")
    assert (report.due, report.counted) == ([], 1)
    assert (await app.say(KEY, "5")).due == [KEY]
    assert (await app.say(KEY, "6")).due == [KEY]
    await ThreadRun(app).plan()
    assert (await app.say(KEY, "7")).due == []


async def test_updates_of_turns_start_nothing(app: MemoryApp) -> None:
    app.model.answer_by("ExtractMemories", lambda _: {"facts": []})
    written = await app.write(KEY, "1", "2", "3", "4", "5")
    await app.services.count_turns.run(written)
    await ThreadRun(app).finish()
    before = await thread_state(app)
    for _ in range(3):
        echoes = [{**document, "_lsn": 99, "_ts": document["_ts"] + 9} for document in written]
        report = await app.services.count_turns.run(echoes)
        assert report.due == []
    after = await thread_state(app)
    assert (before.arrived, before.chunks) == (after.arrived, after.chunks) == (5, 1)


async def test_turns_without_usable_ids_are_reported_and_hold_no_others_up(
    app: MemoryApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="agent_memory")
    good = await app.write(KEY, "my secret", "2")
    broken = [{**good[0], "user_id": None}, {**good[0], "id": ""}]
    report = await app.services.count_turns.run([*broken, *good, {"type": "fact"}])
    assert (report.counted, report.rejected) == (1, 2)
    assert (await thread_state(app)).arrived == 2
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text


async def test_a_thread_that_cannot_be_counted_does_not_stop_the_others(
    app: MemoryApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="agent_memory")
    documents = await app.write(KEY, *"12345") + await app.write(OTHER, *"12345")
    counter, _ = counting(app, {"t2"})
    report = await counter.run(documents)
    assert (report.due, report.counted, report.failed) == ([KEY], 1, 1)
    assert "1 of 2 threads" in caplog.text
    assert "u1" not in caplog.text


async def test_a_batch_of_which_nothing_was_counted_is_delivered_again(app: MemoryApp) -> None:
    documents = await app.write(KEY, "1") + await app.write(OTHER, "1")
    counter, threads = counting(app, {"t1", "t2"})
    with pytest.raises(StoreUnavailableError):
        await counter.run(documents)
    threads.failing.clear()
    assert (await counter.run(documents)).counted == 2
    assert (await thread_state(app)).arrived == 1


async def test_the_scan_leaves_out_what_was_counted_here_but_no_other_threads_turns(
    app: MemoryApp,
) -> None:
    counter, threads = counting(app, set())
    [document] = await app.write(KEY, "1", id="chosen-by-the-client")
    await counter.run([document])
    assert (await counter.run([document], skip_recent=True)).counted == 0
    assert threads.asked == 1
    twin = {**document, "thread_id": "t2"}
    await counter.run([twin], skip_recent=True)
    assert (await thread_state(app, OTHER)).arrived == 1


async def test_the_same_batch_in_two_workers_at_once_is_counted_once(app: MemoryApp) -> None:
    documents = await app.write(KEY, *"1234567")
    counters = [counting(app, set())[0] for _ in range(3)]
    await asyncio.gather(*(counter.run(documents) for counter in counters))
    assert (await thread_state(app)).arrived == 7


async def test_a_request_that_hangs_holds_up_neither_the_start_of_others_nor_the_batch(
    app: MemoryApp,
) -> None:
    documents = await app.write(KEY, *"12345") + await app.write(OTHER, *"12345")
    counter, threads = counting(app, set(), patience=3)
    threads.hanging = {"t2"}
    started = asyncio.Event()

    async def start(key: ThreadKey) -> None:
        assert key == KEY
        started.set()

    batch = asyncio.create_task(counter.run(documents, on_due=start))
    await started.wait()
    assert not batch.done()
    report = await batch
    assert (report.due, report.counted, report.uncounted) == ([KEY], 1, [OTHER])
    threads.hanging = set()
    report = await counter.run(documents, skip_recent=True)
    assert (report.due, report.failed) == ([OTHER], 0)


async def test_a_thread_is_tried_again_until_the_patience_is_at_an_end(app: MemoryApp) -> None:
    documents = await app.write(KEY, "1") + await app.write(OTHER, "1")
    counter, threads = counting(app, {"t2"}, patience=1)
    report = await counter.run(documents)
    assert (report.counted, report.uncounted) == (1, [OTHER])
    assert threads.asked == 1 + 3  # at once, after 0.2 and after 0.6 seconds


async def test_an_outage_holds_a_batch_also_where_one_thread_fails_for_a_reason_of_its_own(
    app: MemoryApp,
) -> None:
    documents = await app.write(KEY, "1") + await app.write(OTHER, "1")
    await app.services.count_turns.run(documents[1:])
    state = await app.read(app.counters, "state", OTHER)
    await app.counters.upsert_item({**state, "arrived": "one"})
    second = await app.write(OTHER, "2")
    counter, threads = counting(app, {"t1"})
    with pytest.raises(StoreUnavailableError) as held:
        await counter.run([*documents, *second])
    assert held.value.is_outage
    threads.failing.clear()
    report = await counter.run([*documents, *second])
    assert (report.counted, report.uncounted) == (1, [OTHER])
