"""When changes are kept: together if they come together, soon if alone."""

import asyncio
from typing import override

import pytest

from local.functions.durable.changes import Changes
from local.functions.durable.commits import Commits


class Counted(Changes):
    """Changes that are only counted: how many waited at each write."""

    def __init__(self) -> None:
        self.waiting = 0
        self.written: list[int] = []

    @property
    def is_written(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride] - only read
        return self.waiting == 0

    @override
    def write(self) -> None:
        self.written.append(self.waiting)
        self.waiting = 0


@pytest.fixture
def changes() -> Counted:
    return Counted()


@pytest.fixture
def commits(changes: Counted) -> Commits:
    made = Commits(lambda: None)
    made.use(changes)
    return made


def change(changes: Counted, commits: Commits) -> None:
    changes.waiting += 1
    commits.schedule()


async def test_what_comes_in_passes_that_follow_one_another_is_kept_together(
    changes: Counted, commits: Commits
) -> None:
    for _ in range(3):
        change(changes, commits)
        await asyncio.sleep(0)
    await commits.settle()
    assert changes.written == [3]


async def test_what_goes_on_coming_is_kept_in_between(changes: Counted, commits: Commits) -> None:
    async with asyncio.timeout(10):
        while len(changes.written) < 3:
            change(changes, commits)
            await asyncio.sleep(0)


async def test_who_waits_is_told_although_another_gave_up(
    changes: Counted, commits: Commits
) -> None:
    change(changes, commits)
    impatient = asyncio.create_task(commits.settle())
    patient = asyncio.create_task(commits.settle())
    await asyncio.sleep(0)
    impatient.cancel()
    async with asyncio.timeout(10):
        await patient
    assert impatient.cancelled()
    assert changes.written == [1]
