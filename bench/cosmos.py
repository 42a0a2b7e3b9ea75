"""How fast local/cosmos is: ./dev bench cosmos [--quick] [--json]

One server process and one load process on the same machine, raw HTTP over keep-alive connections,
requests signed beforehand; a write is acknowledged once it survives kill -9.
"""

import argparse
import asyncio
import json
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from azure.cosmos.aio import CosmosClient

from bench.load import LoadResult, RequestMaker, read_response, run_load
from bench.server import running_cosmos
from local.cosmos.auth import DEFAULT_KEY

DIMENSIONS = 1536
MATCHING = 20
QUERY = {
    "Content-Type": "application/query+json",
    "x-ms-documentdb-isquery": "True",
    "x-ms-max-item-count": "1000",
}


@dataclass(frozen=True)
class Figure:
    """One measurement, the aim that the project set, and how it was taken."""

    name: str
    value: float
    unit: str
    aim: str
    method: str


@dataclass(frozen=True)
class Sizes:
    reads: int = 20_000
    writes: int = 10_000
    queries: int = 300
    vectors: int = 10_000
    searches: int = 60
    sdk_reads: int = 5_000


QUICK = Sizes(reads=2_000, writes=1_000, queries=50, vectors=1_000, searches=20, sdk_reads=500)


class CosmosBench:
    """The measurements on one running server."""

    def __init__(self, url: str, sizes: Sizes) -> None:
        self._url = url
        self._sizes = sizes
        self._maker = RequestMaker(url, DEFAULT_KEY)

    async def run(self) -> list[Figure]:
        """All of them, in an order in which each finds what it needs."""
        await self._send([self._maker.make("POST", "/dbs", b'{"id":"bench"}')], 201)
        for name in ("items", "thousand", "vectors"):
            await self._create_container(name)
        figures = [await self._measure_writes()]
        figures.append(await self._measure_reads())
        figures.append(await self._measure_feed())
        figures.append(await self._measure_query())
        figures += await self._measure_vectors()
        figures.append(await self._measure_sdk())
        return figures

    async def _send(self, requests: Sequence[bytes], status: int, links: int = 1) -> LoadResult:
        """Send requests over some connections; all must be answered with the status."""
        result = await run_load(self._url, requests, links)
        if set(result.statuses) != {status}:
            raise RuntimeError(f"answers with {dict(result.statuses)}, not only {status}")
        return result

    async def _create_container(self, name: str) -> None:
        vector = {
            "path": "/embedding",
            "dataType": "float32",
            "distanceFunction": "cosine",
            "dimensions": DIMENSIONS,
        }
        body = {
            "id": name,
            "partitionKey": {"paths": ["/pk"], "kind": "Hash", "version": 2},
            "vectorEmbeddingPolicy": {"vectorEmbeddings": [vector]},
        }
        data = json.dumps(body).encode()
        await self._send([self._maker.make("POST", "/dbs/bench/colls", data)], 201)

    def _create(self, container: str, document: dict[str, object]) -> bytes:
        body = json.dumps(document, separators=(",", ":")).encode()
        key = {"x-ms-documentdb-partitionkey": json.dumps([document["pk"]])}
        return self._maker.make("POST", f"/dbs/bench/colls/{container}/docs", body, key)

    def _query(self, container: str, text: str, **values: object) -> bytes:
        parameters = [{"name": f"@{name}", "value": value} for name, value in values.items()]
        body = json.dumps({"query": text, "parameters": parameters}).encode()
        headers = {**QUERY, "x-ms-documentdb-partitionkey": '["u"]'}
        return self._maker.make("POST", f"/dbs/bench/colls/{container}/docs", body, headers)

    async def _measure_writes(self) -> Figure:
        count = self._sizes.writes
        requests = [
            self._create("items", {"id": f"i{n}", "pk": f"p{n % 100}", "text": "x" * 970})
            for n in range(count)
        ]
        result = await self._send(requests, 201, links=32)
        method = f"{count} creates of 1 KB, 100 partition keys, 32 connections"
        return Figure("writes", result.per_second, "/s", ">= 2,000", method)

    async def _measure_reads(self) -> Figure:
        count = self._sizes.reads
        chance = random.Random(1)
        requests = [self._read(chance.randrange(self._sizes.writes)) for _ in range(count)]
        result = await self._send(requests, 200, links=16)
        method = f"{count} reads of 1 KB at random, 16 connections"
        return Figure("point reads", result.per_second, "/s", ">= 4,000", method)

    def _read(self, number: int) -> bytes:
        key = {"x-ms-documentdb-partitionkey": f'["p{number % 100}"]'}
        return self._maker.make("GET", f"/dbs/bench/colls/items/docs/i{number}", b"", key)

    async def _measure_feed(self) -> Figure:
        count, seconds, etag = 0, 0.0, ""
        parts = urlsplit(self._url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**24)
        loop = asyncio.get_running_loop()
        status = 200
        while status == 200:
            headers = {"A-IM": "Incremental feed", "x-ms-max-item-count": "1000"}
            if etag:
                headers["If-None-Match"] = etag
            request = self._maker.make("GET", "/dbs/bench/colls/items/docs", b"", headers)
            started = loop.time()
            writer.write(request)
            status, body, answer = await read_response(reader)
            seconds += loop.time() - started
            etag = answer["etag"]
            count += len(json.loads(body)["Documents"]) if status == 200 else 0
        writer.close()
        await writer.wait_closed()
        method = f"{count} changes of 1 KB from the beginning, pages of 1,000, 1 connection"
        return Figure("change feed", count / seconds, "documents/s", ">= 5,000", method)

    async def _measure_query(self) -> Figure:
        documents = [
            self._create("thousand", {"id": f"i{n}", "pk": "u", "n": n % 50, "text": "x" * 950})
            for n in range(1_000)
        ]
        await self._send(documents, 201, links=16)
        text = "SELECT * FROM c WHERE c.n = @n AND c.pk = 'u'"
        requests = [self._query("thousand", text, n=n % 50) for n in range(self._sizes.queries)]
        result = await self._send(requests, 200)
        method = f"{len(requests)} queries, 1,000 items of 1 KB in one partition to {MATCHING}"
        return Figure("filter query p50", result.milliseconds(0.5), "ms", "< 20", method)

    async def _measure_vectors(self) -> list[Figure]:
        chance = random.Random(2)
        count = self._sizes.vectors
        for start in range(0, count, 500):
            documents = [
                self._create(
                    "vectors",
                    {
                        "id": f"v{n}",
                        "pk": "u",
                        "content": f"text {n}",
                        "embedding": _vector(chance),
                    },
                )
                for n in range(start, min(start + 500, count))
            ]
            await self._send(documents, 201, links=8)
        distance = "VectorDistance(c.embedding, @v)"
        text = (
            f"SELECT TOP 10 c.id, {distance} AS score FROM c WHERE c.pk = 'u' ORDER BY {distance}"
        )
        first = await self._send([self._query("vectors", text, v=_vector(chance))], 200)
        requests = [
            self._query("vectors", text, v=_vector(chance)) for _ in range(self._sizes.searches)
        ]
        result = await self._send(requests, 200)
        method = f"{len(requests)} top-10 searches, {count} x {DIMENSIONS} in one partition"
        return [
            Figure("vector search p50", result.milliseconds(0.5), "ms", "< 60", method),
            Figure("vector search, first", first.milliseconds(0.5), "ms", "", "nothing in memory"),
        ]

    async def _measure_sdk(self) -> Figure:
        count = self._sizes.sdk_reads
        numbers = iter(range(count))
        async with CosmosClient(self._url, DEFAULT_KEY) as client:
            container = client.get_database_client("bench").get_container_client("items")
            await container.read_item("i0", "p0")

            async def read_on() -> None:
                for number in numbers:
                    item = number % self._sizes.writes
                    await container.read_item(f"i{item}", f"p{item % 100}")

            loop = asyncio.get_running_loop()
            started = loop.time()
            await asyncio.gather(*(read_on() for _ in range(16)))
            seconds = loop.time() - started
        method = f"{count} reads by azure-cosmos (aio), 16 at once: the client's own ceiling"
        return Figure("reads by the SDK", count / seconds, "/s", "", method)


def _vector(chance: random.Random) -> list[float]:
    return [round(chance.gauss(0, 1), 4) for _ in range(DIMENSIONS)]


async def measure(sizes: Sizes) -> list[Figure]:
    async with running_cosmos() as url:
        return await CosmosBench(url, sizes).run()


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench cosmos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    figures = asyncio.run(measure(QUICK if options.quick else Sizes()))
    if options.json:
        print(json.dumps({"cpus": os.cpu_count(), "figures": [asdict(one) for one in figures]}))
        return 0
    print(f"local/cosmos, server and load on one machine with {os.cpu_count()} CPUs\n")
    for one in figures:
        print(f"{one.name:<22}{one.value:>10,.1f} {one.unit:<12}{one.aim:<10} {one.method}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
