"""The app's services on a real store, with a scripted model and a clock that can be set."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from shared.adapters.cosmos_client import build_cosmos_client
from shared.domain.turns import DEFAULT_TURN_TTL, ThreadKey
from shared.ports import ChatModel, Clock
from shared.services.count_turns import CountReport
from shared.settings import Settings
from shared.wiring import USER_AGENT, Databases, Services, assemble_services
from tests.fakes.chat_model import ScriptedChatModel
from tests.fakes.clock import SettableClock
from tests.fakes.embedder import DIMENSIONS, WordEmbedder
from tests.fakes.local_cosmos import KEY, LocalCosmos
from tests.fakes.telemetry import RecordingTelemetry

type Document = dict[str, Any]


class MemoryApp:
    """One worker process's worth of the app; several may share a database."""

    def __init__(
        self, cosmos: LocalCosmos, database: str, variables: Mapping[str, str], clock: SettableClock
    ) -> None:
        self.cosmos = cosmos
        self.clock = clock
        self.model = ScriptedChatModel()
        self.embedder = WordEmbedder()
        self.telemetry = RecordingTelemetry()
        self.settings = Settings.from_environment(
            {
                "COSMOS_DB_ENDPOINT": cosmos.url,
                "COSMOS_DB_KEY": KEY,
                "COSMOS_DB_DATABASE": database,
                "AI_FOUNDRY_ENDPOINT": "http://127.0.0.1:9/v1",
                "AI_FOUNDRY_EMBEDDING_DIMENSIONS": str(DIMENSIONS),
                # Off unless a test is about it: a script would have to answer for it everywhere.
                "DEDUP_EVERY_N": "0",
                "EPISODE_EVAL_EVERY_N": "0",
                "PROCEDURAL_SYNTHESIS_AUTO": "false",
                **variables,
            }
        )
        self._clients = AsyncExitStack()
        self._written = 0
        self.services: Services
        self._databases: Databases
        self._observed: DatabaseProxy

    async def __aenter__(self) -> Self:
        work, sweep, status, self._observed = [
            await self._open(user_agent)
            for user_agent in (USER_AGENT, f"{USER_AGENT}-sweep", f"{USER_AGENT}-status", "test")
        ]
        self._databases = Databases(work=work, sweep=sweep, status=status)
        self.services = self.assemble(self.model)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._clients.aclose()
        if error[0] is None:
            self.model.assert_script_was_played()

    def assemble(self, model: ChatModel) -> Services:
        """The services of a process that remembers nothing yet."""
        clock: Clock = self.clock
        return assemble_services(
            self.settings, self._databases, model, self.embedder, clock, self.telemetry
        )

    async def _open(self, user_agent: str) -> DatabaseProxy:
        client = build_cosmos_client(self.cosmos.url, KEY, user_agent)
        client = await self._clients.enter_async_context(client)
        return client.get_database_client(self.settings.database)

    @property
    def counters(self) -> ContainerProxy:
        return self._observed.get_container_client(self.settings.counters_container)

    @property
    def database(self) -> DatabaseProxy:
        return self._observed

    @property
    def turns(self) -> ContainerProxy:
        return self._observed.get_container_client(self.settings.turns_container)

    @property
    def memories(self) -> ContainerProxy:
        return self._observed.get_container_client(self.settings.memories_container)

    @property
    def summaries(self) -> ContainerProxy:
        return self._observed.get_container_client(self.settings.summaries_container)

    async def create_turns_anew(self) -> None:
        """Put an empty container in the place of the turns."""
        name, key = self.settings.turns_container, ["/user_id", "/thread_id"]
        await self.database.delete_container(name)
        await self.database.create_container(
            name, PartitionKey(key, kind="MultiHash"), default_ttl=DEFAULT_TURN_TTL
        )

    async def write(self, key: ThreadKey, *contents: str, **fields: Any) -> list[Document]:
        """Write turns as the SDK does; the documents as the change feed would deliver them."""
        stored: list[Document] = []
        for content in contents:
            self._written += 1
            n = self._written
            document = {
                "id": f"turn-{n}",
                "user_id": key.user_id,
                "thread_id": key.thread_id,
                "type": "turn",
                "role": "user",
                "content": content,
                "created_at": f"2026-07-01T10:{n // 60:02}:{n % 60:02}+00:00",
                "metadata": {},
                **fields,
            }
            written = await self.turns.upsert_item(document)
            stored.append({**written, "_lsn": n})
        return stored

    async def say(self, key: ThreadKey, *contents: str, **fields: Any) -> CountReport:
        """Write turns and count them."""
        return await self.services.count_turns.run(await self.write(key, *contents, **fields))

    async def read(self, container: ContainerProxy, item_id: str, key: ThreadKey) -> Document:
        item = await container.read_item(item_id, partition_key=[key.user_id, key.thread_id])
        return dict(item)

    async def find(
        self, container: ContainerProxy, where: str = "true", **values: Any
    ) -> list[Document]:
        """The documents of all users for which a condition holds."""
        parameters = [{"name": f"@{name}", "value": value} for name, value in values.items()]
        found = container.query_items(f"SELECT * FROM c WHERE {where}", parameters=parameters)
        return [dict(item) async for item in found]
