from collections.abc import Awaitable, Callable

import pytest
from azure.cosmos.aio import CosmosClient

from shared.adapters.cosmos_counting import CosmosCounting
from shared.adapters.cosmos_facts import CosmosFactStore
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.domain.errors import StoreUnavailableError
from tests.contract.adapters.stores import KEY, arrived
from tests.fakes.local_cosmos import KEY as ACCOUNT_KEY
from tests.fakes.local_cosmos import LocalCosmos
from tests.fakes.memory_app import MemoryApp

type Call = Callable[[CosmosThreadLog, CosmosFactStore], Awaitable[object]]

CALLS: dict[str, Call] = {
    "batch": lambda threads, _: threads.count(KEY, [arrived("a")]),
    "query": lambda _, facts: facts.same_content("u1", ["x"]),
    "create": lambda _, facts: facts.create(KEY, [{"id": "x", "user_id": "u1"}]),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_container_that_is_not_there_may_come_and_is_no_verdict(
    app: MemoryApp, cosmos: LocalCosmos, name: str
) -> None:
    async with CosmosClient(cosmos.url, ACCOUNT_KEY) as client:
        missing = client.get_database_client(app.settings.database).get_container_client("missing")
        threads = CosmosThreadLog(missing, CosmosCounting(missing, app.clock))
        with pytest.raises(StoreUnavailableError) as caught:
            await CALLS[name](threads, CosmosFactStore(missing))
    assert caught.value.status == 404


async def test_a_refused_document_is_an_error_with_its_status_and_without_its_text(
    app: MemoryApp,
) -> None:
    facts = CosmosFactStore(app.memories)
    document = {"id": "x", "user_id": "u1", "thread_id": "t1", "ttl": "my secret"}
    with pytest.raises(StoreUnavailableError) as caught:
        await facts.create(KEY, [document])
    assert caught.value.status == 400
    assert "secret" not in str(caught.value)
