"""What the routes work with."""

from dataclasses import dataclass

from local.cosmos.errors import CosmosError
from local.cosmos.execution.engine import QueryEngine
from local.cosmos.storage.containers import Container
from local.cosmos.storage.store import Store
from local.cosmos.wire import Call, Reply

CONTAINER_DEPTH = 4  # segments of dbs/{}/colls/{}
OWNER_NOT_FOUND = 1003


@dataclass(frozen=True)
class Service:
    """The open store, what runs queries on it, and how clients reach it (http or https)."""

    store: Store
    engine: QueryEngine
    scheme: str

    def container(self, call: Call) -> Container:
        """The container that a path names.

        Raises:
            CosmosError: 404, there is none; 400 with sub-status 1024, it is not the one that the
                client remembers, because it was deleted and created again. A 404 has sub-status
                1003 where the request is about something in the container.
        """
        try:
            container = self.store.catalog.container(call.segments[1], call.segments[3])
        except CosmosError as error:
            if len(call.segments) > CONTAINER_DEPTH:
                raise CosmosError(error.status, error.message, OWNER_NOT_FOUND) from error
            raise
        intended = call.headers.get("x-ms-cosmos-intended-collection-rid")
        if intended and intended != container.rid:
            raise CosmosError(
                400, f"Container '{container.id}' was deleted and created again since.", 1024
            )
        return container

    def add_container_headers(self, reply: Reply, container: Container, epk: str) -> Reply:
        """Say where a reply comes from and how new it is: clients keep these as session tokens.

        The container is as it was when the request began; its partitions may have been split since.

        Raises:
            CosmosError: 404, the container was deleted meanwhile.
        """
        container = self.store.catalog.look_again(container)
        part = container.range_of(epk)
        lsn = self.store.catalog.lsn(container, part)
        reply.headers["x-ms-session-token"] = f"{part.id}:-1#{lsn}"
        reply.headers["x-ms-alt-content-path"] = container.link
        reply.headers["x-ms-content-path"] = container.rid
        reply.headers["x-ms-documentdb-partitionkeyrangeid"] = part.id
        reply.headers["lsn"] = str(lsn)
        return reply
