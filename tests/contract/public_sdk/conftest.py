"""One worker of the app, and the public SDK's two clients on its containers."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.contract.cosmos.sdk_process import SDK_PYTHON, SdkProcess
from tests.contract.public_sdk.reader import SETTINGS, Reader, play_model
from tests.fakes.clock import SettableClock
from tests.fakes.local_cosmos import KEY, LocalCosmos
from tests.fakes.memory_app import MemoryApp

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the SDK, and one event loop: the clients live as long as the run."""
    absent = pytest.mark.skipif(not SDK_PYTHON.exists(), reason="./dev setup --dev makes .venv-sdk")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(absent)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker(cosmos: LocalCosmos) -> AsyncIterator[MemoryApp]:
    """The app with all that it derives switched on."""
    database = await cosmos.create_database()
    async with MemoryApp(cosmos, database, SETTINGS, SettableClock()) as app:
        play_model(app)
        yield app


@pytest.fixture(scope="session", params=["sync", "aio"])
def sdk(request: pytest.FixtureRequest, worker: MemoryApp) -> Iterator[SdkProcess]:
    sdk = SdkProcess(
        request.param,
        worker.cosmos.url,
        worker.settings.database,
        key=KEY,
        vectors="tests.fakes.embedder:embed_words",
    )
    sdk.call("create_memory_store")
    yield sdk
    sdk.close()


@pytest.fixture
def reader(worker: MemoryApp, sdk: SdkProcess) -> Reader:
    worker.clock.catch_up()  # other tests may have run for minutes since the worker was made
    return Reader(worker, sdk, f"ana-{uuid4().hex}")
