"""Where sync code of the app runs: in a thread, but for orchestrators whose turns are quick."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from local.functions.worker.invocations import Invocation, RunAs
from local.functions.worker.pace import Pace
from local.functions.worker.threads import FunctionThreads

ENOUGH = 50
LOOP_THREAD = threading.main_thread()


@pytest.fixture
def threads() -> Iterator[FunctionThreads]:
    executor = FunctionThreads(2)
    yield executor
    executor.shutdown()


async def take_turns(threads: FunctionThreads, pace: Pace, count: int) -> list[threading.Thread]:
    """Take turns of an orchestrator, and tell where each was taken."""
    loop = asyncio.get_running_loop()
    with RunAs(Invocation("call", "orchestrator", "instance", pace)):
        return [await loop.run_in_executor(threads, threading.current_thread) for _ in range(count)]


async def test_an_orchestrator_leaves_its_thread_when_its_turns_were_quick(
    threads: FunctionThreads,
) -> None:
    taken = await take_turns(threads, Pace(), ENOUGH)
    assert taken[0] is not LOOP_THREAD
    assert taken[-1] is LOOP_THREAD


async def test_an_orchestrator_that_is_slow_soon_goes_back_to_a_thread(
    threads: FunctionThreads,
) -> None:
    pace = Pace()
    await take_turns(threads, pace, ENOUGH)
    pace.time(lambda: time.sleep(0.1))
    assert (await take_turns(threads, pace, 1)) != [LOOP_THREAD]
    assert (await take_turns(threads, pace, ENOUGH))[-1] is LOOP_THREAD


async def test_one_slow_turn_among_very_many_changes_nothing_and_a_second_does(
    threads: FunctionThreads,
) -> None:
    """A busy machine stops everybody now and then; who blocks does so again."""
    pace = Pace()
    await take_turns(threads, pace, 4 * ENOUGH)
    pace.time(lambda: time.sleep(0.1))
    assert (await take_turns(threads, pace, 1)) == [LOOP_THREAD]
    pace.time(lambda: time.sleep(0.1))
    assert (await take_turns(threads, pace, 1)) != [LOOP_THREAD]


async def test_what_is_no_orchestrator_always_runs_in_a_thread(threads: FunctionThreads) -> None:
    loop = asyncio.get_running_loop()
    with RunAs(Invocation("call", "activity", "instance")):
        for _ in range(ENOUGH):
            thread = await loop.run_in_executor(threads, threading.current_thread)
            assert thread is not LOOP_THREAD


async def test_a_quick_orchestrator_finds_no_running_loop_and_leaves_it_running(
    threads: FunctionThreads,
) -> None:
    async def answer() -> threading.Thread:
        return threading.current_thread()

    pace = Pace()
    await take_turns(threads, pace, ENOUGH)
    loop = asyncio.get_running_loop()
    with RunAs(Invocation("call", "orchestrator", "instance", pace)):
        assert await loop.run_in_executor(threads, asyncio.run, answer()) is LOOP_THREAD
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(threads, divmod, 1, 0)
    assert asyncio.get_running_loop() is loop
