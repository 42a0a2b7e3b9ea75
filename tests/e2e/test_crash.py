"""A kill -9 of everything half way changes nothing that anybody can see afterwards."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from local.stack.demo.turns_file import Turn, read_turns_file
from local.stack.environment import Addresses
from tests.e2e import store
from tests.e2e.running_stack import RunningStack, start_stack


@pytest.fixture(scope="module")
def turns(sample: Path) -> list[Turn]:
    """The sample as it stands: threads of one user that are processed at the same time."""
    return read_turns_file(sample)


@pytest.fixture(scope="module")
def undisturbed(
    turns: list[Turn], tmp_path_factory: pytest.TempPathFactory
) -> set[tuple[str, ...]]:
    """The active facts of a run in which nothing happens."""

    async def run(addresses: Addresses) -> set[tuple[str, str, str, str]]:
        await store.write_in_order(addresses, turns, set())
        await store.settle(addresses, len(turns))
        return await store.active_facts(addresses)

    with start_stack(tmp_path_factory.mktemp("undisturbed")) as stack:
        return set(asyncio.run(run(stack.addresses)))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # what is waited for is another process's work
            await asyncio.sleep(0.002)


async def until_processing_has_begun(addresses: Addresses) -> None:
    async with asyncio.timeout(60):
        while not await store.ledger(addresses):  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.01)


async def write_until_killed(stack: RunningStack, turns: list[Turn], share: float) -> set[str]:
    """Write turns and kill the whole group when so many are written; the acknowledged ones."""
    acknowledged: set[str] = set()
    writing = asyncio.create_task(store.write_in_order(stack.addresses, turns, acknowledged))
    await until(lambda: len(acknowledged) >= share * len(turns))
    if share == 1.0:
        await until_processing_has_begun(stack.addresses)
    stack.signal_group(signal.SIGKILL)
    stack.process.wait()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    return acknowledged


@pytest.mark.long
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 1.0])
async def test_after_a_kill_of_everything_each_turn_is_processed_once_to_the_same_facts(
    share: float, turns: list[Turn], undisturbed: set[tuple[str, ...]], tmp_path: Path
) -> None:
    with start_stack(tmp_path) as stack:
        acknowledged = await write_until_killed(stack, turns, share)
    assert len(acknowledged) >= share * len(turns)

    with start_stack(tmp_path, port_base=stack.port_base) as again:
        where = again.addresses
        rest = [turn for turn in turns if turn.id not in acknowledged]
        await store.write_in_order(where, rest, acknowledged)
        status = await store.settle(where, len(turns))

        assert (status.pending, status.dead_letters) == (0, 0)
        assert await store.counts(where, "thread:") == store.expected_thread_counts(turns)
        assert await store.counts(where, "user:") == store.expected_user_counts(turns)
        assert await store.ledger(where) == store.once_each(turns)
        assert await store.active_facts(where) == undisturbed
        assert again.stop() == 0
