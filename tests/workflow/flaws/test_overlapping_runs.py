"""Flaw 14: nothing keeps two runs of a thread apart, and each words its facts anew."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest

from shared.domain.errors import TransientError
from tests.conftest import OpenApp
from tests.fakes.chat_model import EXTRACT
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import ThreadRun, ledger, thread_state, user_state
from tests.workflow.flaws.conversation import KEY, cats, reworded

EXTRACTIONS_ONLY = {"THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 0}
FIRST, LATER = cats(5), cats(15, 5)


async def insist(run: ThreadRun) -> None:
    """Go on like an orchestration whose steps are retried."""
    for _ in range(50):
        try:
            await run.finish()
        except TransientError:
            continue
        return
    raise AssertionError("the run never ends")


async def check(app: MemoryApp) -> int:
    """One fact a turn, each turn in one chunk, exact counts; how many chunks there are."""
    facts = await app.find(app.memories, "c.type = 'fact'")
    told = Counter(turn_id for fact in facts for turn_id in fact["source_turn_ids"])
    turn_ids = {turn["id"] for turn in await app.find(app.turns)}
    assert len(turn_ids) == 20
    assert told == dict.fromkeys(turn_ids, 1)
    chunks = [record["turn_ids"] for record in await ledger(app)]
    assert Counter(turn_id for chunk in chunks for turn_id in chunk) == told
    state, user = await thread_state(app), await user_state(app)
    assert (state.arrived, state.closed, state.chunks, user.turns) == (20, 20, len(chunks), 20)
    assert (state.claim, state.idle) == (None, True)
    return len(chunks)


@dataclass(frozen=True)
class Workers:
    """Two processes, of which the first turns of a thread have reached the slow one."""

    slow: MemoryApp
    fast: MemoryApp

    async def receive_more(self) -> None:
        """Let the other worker be given the first turns again, and the later ones."""
        again = await self.fast.find(self.fast.turns)
        await self.fast.services.count_turns.run(again)
        await self.fast.services.count_turns.run(await self.slow.write(KEY, *LATER))

    async def check(self, *, asked_twice: bool) -> None:
        """All is there once; one call a chunk, and one more if both have asked about the first."""
        chunks = await check(self.fast)
        calls = [*self.slow.model.calls, *self.fast.model.calls]
        shown = Counter(turn["text"] for call in calls for turn in call.payload["turns"])
        assert shown == {**dict.fromkeys(LATER, 1), **dict.fromkeys(FIRST, 1 + asked_twice)}
        assert len(calls) == chunks + asked_twice


@pytest.fixture
async def workers(open_app: OpenApp) -> Workers:
    slow, fast = await open_app(**EXTRACTIONS_ONLY), await open_app(**EXTRACTIONS_ONLY)
    slow.model.answer_by(EXTRACT, words := reworded())
    fast.model.answer_by(EXTRACT, words)
    await slow.say(KEY, *FIRST)
    return Workers(slow, fast)


@pytest.mark.parametrize("meanwhile", ["is written", "is committed"])
async def test_14_of_a_chunk_that_two_runs_ask_about_at_once_the_first_answer_alone_counts(
    workers: Workers, meanwhile: str
) -> None:
    stall = workers.slow.model.stall(EXTRACT)
    slow, fast = ThreadRun(workers.slow), ThreadRun(workers.fast)
    async with asyncio.TaskGroup() as running:
        running.create_task(insist(slow))
        await stall.asked.wait()
        await workers.receive_more()
        plan = await fast.plan()
        await fast.extract(plan)
        extracted = await fast.persist(plan)
        if meanwhile == "is committed":
            await fast.commit(plan, extracted)
            await insist(fast)
        stall.answered.set()
    await insist(fast)
    await workers.check(asked_twice=True)


async def test_14_a_run_that_commits_what_another_has_committed_takes_nothing_back(
    workers: Workers,
) -> None:
    slow, fast = ThreadRun(workers.slow), ThreadRun(workers.fast)
    plan = await slow.plan()
    await slow.extract(plan)
    extracted = await slow.persist(plan)
    await workers.receive_more()
    await insist(fast)
    await slow.commit(plan, extracted)
    await insist(slow)
    await workers.check(asked_twice=False)


async def test_14_workers_that_race_on_one_thread_tell_each_turn_once(open_app: OpenApp) -> None:
    racing = [await open_app(**EXTRACTIONS_ONLY) for _ in range(3)]
    words = reworded()
    for worker in racing:
        worker.model.answer_by(EXTRACT, words)
    await racing[0].say(KEY, *FIRST, *LATER)
    await asyncio.gather(*(insist(ThreadRun(worker)) for worker in racing))
    await check(racing[0])
