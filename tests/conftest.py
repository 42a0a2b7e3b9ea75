"""What all tests share: how long hypothesis searches, and the app on a real local store."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import settings

from tests.fakes.clock import SettableClock
from tests.fakes.local_cosmos import LocalCosmos
from tests.fakes.memory_app import MemoryApp

# No deadline: the machine may be busy. No example database: a run leaves nothing behind.
settings.register_profile("house", max_examples=60, deadline=None, database=None)
settings.load_profile("house")

type OpenApp = Callable[..., Awaitable[MemoryApp]]


@pytest.fixture(scope="session")
def cosmos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCosmos]:
    """One server for all tests of a process."""
    server = LocalCosmos(tmp_path_factory.mktemp("local-cosmos"))
    yield server
    server.stop()


@pytest.fixture
async def open_app(cosmos: LocalCosmos) -> AsyncIterator[OpenApp]:
    """Opens the app with other settings, or a second worker on the same database and clock."""
    database = await cosmos.create_database()
    clock = SettableClock()
    async with AsyncExitStack() as opened:

        async def open_one(**variables: Any) -> MemoryApp:
            values = {name: str(value) for name, value in variables.items()}
            return await opened.enter_async_context(MemoryApp(cosmos, database, values, clock))

        yield open_one


@pytest.fixture
async def app(open_app: OpenApp) -> MemoryApp:
    """The app with default settings and a database of its own."""
    return await open_app()
