from collections.abc import Callable

import pytest

from tests.contract.adapters.stores import Stores
from tests.fakes.memory_app import MemoryApp

type OpenStores = Callable[[], Stores]


@pytest.fixture
def open_stores(app: MemoryApp) -> OpenStores:
    """Opens the adapters as another process would: same containers, nothing remembered."""
    return lambda: Stores(app)


@pytest.fixture
def stores(open_stores: OpenStores) -> Stores:
    return open_stores()
