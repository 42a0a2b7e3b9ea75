"""Whatever is wrong with one thread, one user or one store request, the others go on."""

import pytest

from shared.domain.errors import StoreUnavailableError
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import ThreadRun, UserRun, fact_contents, ledger, user_state

QUICK = {"FACT_EXTRACTION_EVERY_N": 1, "THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 1}


@pytest.mark.parametrize("thread_id", ["__counters__", "__user_summary__", "__procedural__"])
async def test_a_thread_may_be_named_like_a_partition_of_ours(
    open_app: OpenApp, thread_id: str
) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    for name in ("t1", thread_id):
        key = ThreadKey(user_id="u1", thread_id=name)
        await app.say(key, f"I own cat {name}")
        await ThreadRun(app, key).finish()
        await UserRun(app).finish()
    assert len(await fact_contents(app)) == 2
    assert {record["thread_id"] for record in await ledger(app)} == {"t1", thread_id}
    assert (await user_state(app)).turns == 2


async def spoil_counter(app: MemoryApp, thread_id: str) -> None:
    """Write a counter that nothing can be added to."""
    await app.counters.create_item(
        {
            "id": f"thread:u1:{thread_id}",
            "user_id": "u1",
            "thread_id": thread_id,
            "count": "many",
            "last_owner": "durable",
        }
    )
    await app.counters.create_item(
        {"id": "state", "user_id": "u1", "thread_id": thread_id, "arrived": "many"}
    )


async def test_a_thread_that_cannot_be_counted_holds_no_other_and_no_batch_up(
    app: MemoryApp,
) -> None:
    await spoil_counter(app, "spoilt")
    good, bad = (ThreadKey(user_id="u1", thread_id=name) for name in ("good", "spoilt"))
    written = [*await app.write(good, "I own a cat"), *await app.write(bad, "I own a dog")]
    report = await app.services.count_turns.run(written)
    assert (report.counted, report.failed) == (1, 1)
    alone = await app.services.count_turns.run(written[1:])
    assert (alone.counted, alone.failed) == (0, 1)


def test_only_trouble_of_the_whole_store_holds_a_batch() -> None:
    outages = {0, 401, 403, 408, 410, 429, 449, 500, 503}
    for status in (*outages, 400, 404, 413):
        assert StoreUnavailableError("a batch", status).is_outage == (status in outages)


async def test_turns_left_alone_from_the_first_day_are_found_when_ownership_comes(
    open_app: OpenApp,
) -> None:
    app = await open_app(MEMORY_PROCESSOR_OWNER="durable")
    key = ThreadKey(user_id="u1", thread_id="t1")
    for n in range(6):
        await app.write(key, f"I own cat {n}")
    app.clock.advance(90 * 86_400)
    report = await app.services.sweep.run()
    assert report.threads == [key]
    totals = await app.services.report_status.run()
    assert totals["turns_counted"] == 6
