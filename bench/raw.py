"""The measurements by raw HTTP load, each checked for its answers after the clock has stopped."""

import json
import random
from collections.abc import Sequence

from bench.figures import Figure, Sizes
from bench.load import LoadResult, Response, play_scripts, run_load
from bench.server import MeasuredServer, Meter
from bench.signed_requests import RequestMaker
from local.cosmos.auth import DEFAULT_KEY

DIMENSIONS = 1536
ITEMS = 1_000
MATCHING = 20
TOP = 10
PAGE = 1_000
QUERY = {
    "Content-Type": "application/query+json",
    "x-ms-documentdb-isquery": "True",
    "x-ms-max-item-count": "1000",
    "x-ms-documentdb-partitionkey": '["u"]',
}


class RawBench:
    """The measurements on one running server."""

    def __init__(self, server: MeasuredServer, sizes: Sizes) -> None:
        self._server = server
        self._sizes = sizes
        self._maker = RequestMaker(server.url, DEFAULT_KEY)

    async def run(self) -> list[Figure]:
        """All of them, in an order in which each finds what it needs."""
        await self._send([self._maker.make("POST", "/dbs", b'{"id":"bench"}')], 201)
        for name in ("items", "thousand", "vectors"):
            await self._create_container(name)
        return [
            await self._measure_writes(),
            await self._measure_reads(),
            await self._measure_feed(),
            await self._measure_query(),
            *await self._measure_vectors(),
        ]

    async def _send(self, requests: Sequence[bytes], status: int, links: int = 1) -> LoadResult:
        """Send requests over some connections; all must be answered with the status."""
        result = await run_load(self._server.url, requests, links)
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
        return self._maker.make("POST", f"/dbs/bench/colls/{container}/docs", body, QUERY)

    def _read(self, number: int) -> bytes:
        key = {"x-ms-documentdb-partitionkey": f'["p{number % 100}"]'}
        return self._maker.make("GET", f"/dbs/bench/colls/items/docs/i{number}", b"", key)

    async def _measure_writes(self) -> Figure:
        count = self._sizes.writes
        requests = [
            self._create("items", {"id": f"i{n}", "pk": f"p{n % 100}", "text": "x" * 970})
            for n in range(count)
        ]
        meter = Meter(self._server)
        result = await self._send(requests, 201, links=32)
        cpu = meter.server_cpu(count)
        _check_bodies(result, [f'"id":"i{n}"' for n in range(count)])
        method = f"{count} creates of 1 KB, 100 partition keys, 32 connections"
        return Figure("writes", result.per_second, "/s", ">= 2,000", method, cpu)

    async def _measure_reads(self) -> Figure:
        count = self._sizes.reads
        chance = random.Random(1)
        numbers = [chance.randrange(self._sizes.writes) for _ in range(count)]
        requests = [self._read(number) for number in numbers]
        meter = Meter(self._server)
        result = await self._send(requests, 200, links=16)
        cpu = meter.server_cpu(count)
        _check_bodies(result, [f'"id":"i{number}"' for number in numbers])
        method = f"{count} reads of 1 KB at random, 16 connections"
        return Figure("point reads", result.per_second, "/s", ">= 4,000", method, cpu)

    async def _measure_feed(self) -> Figure:
        pages: list[bytes] = []
        path = "/dbs/bench/colls/items/docs"
        headers = {"A-IM": "Incremental feed", "x-ms-max-item-count": str(PAGE)}

        def ask_on(answer: Response | None) -> bytes | None:
            if answer is None:
                return self._maker.make("GET", path, b"", headers)
            if answer.status != 200:
                return None
            pages.append(answer.body)
            follow = headers | {"If-None-Match": answer.header("etag")}
            return self._maker.make("GET", path, b"", follow)

        meter = Meter(self._server)
        seconds, _ = await play_scripts(self._server.url, [ask_on])
        cpu = meter.server_cpu(len(pages))
        count = sum(len(json.loads(page)["Documents"]) for page in pages)
        method = f"{count} changes of 1 KB from the beginning, pages of {PAGE:,}, 1 connection"
        return Figure("change feed", count / seconds, "documents/s", ">= 5,000", method, cpu)

    async def _measure_query(self) -> Figure:
        documents = [
            self._create(
                "thousand",
                {"id": f"i{n}", "pk": "u", "n": n % (ITEMS // MATCHING), "text": "x" * 950},
            )
            for n in range(ITEMS)
        ]
        await self._send(documents, 201, links=16)
        text = "SELECT * FROM c WHERE c.n = @n AND c.pk = 'u'"
        count = self._sizes.queries
        requests = [self._query("thousand", text, n=n % (ITEMS // MATCHING)) for n in range(count)]
        meter = Meter(self._server)
        result = await self._send(requests, 200)
        cpu = meter.server_cpu(count)
        _check_bodies(result, [f'"_count":{MATCHING}}}'] * count)
        method = f"{count} queries, {ITEMS:,} items of 1 KB in one partition to {MATCHING}"
        p50 = result.milliseconds(0.5)
        return Figure("filter query p50", p50, "ms", "< 20", method, cpu)

    async def _measure_vectors(self) -> list[Figure]:
        chance = random.Random(2)
        await self._load_vectors(chance)
        distance = "VectorDistance(c.embedding, @v)"
        text = (
            f"SELECT TOP {TOP} c.id, {distance} AS score FROM c WHERE c.pk = 'u'"
            f" ORDER BY {distance}"
        )
        first = await self._send([self._query("vectors", text, v=_vector(chance))], 200)
        count = self._sizes.searches
        requests = [self._query("vectors", text, v=_vector(chance)) for _ in range(count)]
        meter = Meter(self._server)
        result = await self._send(requests, 200)
        cpu = meter.server_cpu(count)
        _check_bodies(result, [f'"_count":{TOP}}}'] * count)
        method = (
            f"{count} top-{TOP} searches, {self._sizes.vectors} x {DIMENSIONS} in one partition"
        )
        p50, once = result.milliseconds(0.5), first.milliseconds(0.5)
        return [
            Figure("vector search p50", p50, "ms", "< 60", method, cpu),
            Figure("vector search, first", once, "ms", "", "nothing in memory"),
        ]

    async def _load_vectors(self, chance: random.Random) -> None:
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


def _vector(chance: random.Random) -> list[float]:
    return [round(chance.gauss(0, 1), 4) for _ in range(DIMENSIONS)]


def _check_bodies(result: LoadResult, parts: Sequence[str]) -> None:
    """Every answer must contain its part."""
    for body, part in zip(result.bodies, parts, strict=True):
        if part.encode() not in body:
            raise RuntimeError(f"an answer without {part}: the server is wrong, not only slow")
