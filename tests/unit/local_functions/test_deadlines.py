"""One limit for many calls: who is late is cancelled, and only for that."""

import asyncio

import pytest

from local.functions.worker.deadlines import Deadlines

FOREVER = 3600.0


async def stay(deadlines: Deadlines, seconds: float) -> str:
    with deadlines.watch():
        await asyncio.sleep(seconds)
    return "in time"


async def test_a_late_call_is_ended_and_a_quick_one_beside_it_is_not() -> None:
    deadlines = Deadlines(0.05)
    late, quick = await asyncio.gather(
        stay(deadlines, FOREVER), stay(deadlines, 0), return_exceptions=True
    )
    assert isinstance(late, TimeoutError)
    assert quick == "in time"


async def test_each_call_has_its_own_time_from_its_begin() -> None:
    deadlines = Deadlines(0.1)
    loop = asyncio.get_running_loop()
    for _ in range(2):
        began = loop.time()
        first = asyncio.create_task(stay(deadlines, FOREVER))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(stay(deadlines, FOREVER))
        done, _rest = await asyncio.wait((first, second), return_when=asyncio.FIRST_COMPLETED)
        assert done == {first}
        assert isinstance(first.exception(), TimeoutError)
        await asyncio.wait((second,))
        assert loop.time() - began >= 0.15
        assert isinstance(second.exception(), TimeoutError)


async def test_a_call_that_others_cancel_is_cancelled_and_not_late() -> None:
    task = asyncio.create_task(stay(Deadlines(FOREVER), FOREVER))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_late_call_that_others_cancel_too_is_cancelled() -> None:
    deadlines = Deadlines(0.05)

    async def call() -> None:
        with deadlines.watch():
            try:
                await asyncio.sleep(FOREVER)
            finally:
                cancel_again()

    task = asyncio.create_task(call())
    cancel_again = task.cancel
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_that_ends_in_spite_of_its_cancellation_leaves_none_behind() -> None:
    deadlines = Deadlines(0.05)

    async def call() -> int:
        with deadlines.watch():
            try:
                await asyncio.sleep(FOREVER)
            except asyncio.CancelledError:
                await asyncio.sleep(0)
        current = asyncio.current_task()
        assert current
        return current.cancelling()

    assert await asyncio.create_task(call()) == 0


async def test_without_a_limit_nothing_is_late() -> None:
    assert await stay(Deadlines(None), 0) == "in time"
