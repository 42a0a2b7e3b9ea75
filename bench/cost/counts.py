"""What a measurement counts: calls to the model, requests to the store, the fate of turns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.app.driver import AppDriver

WORK = "agent-memory-processor"
SWEEP = f"{WORK}-sweep"
_CHUNKS = "SELECT c.user_id, c.turn_ids FROM c WHERE c.type = 'chunk'"
_NOT_DATA = ("metadata", "query_plan")


@dataclass(frozen=True)
class Counts:
    """What so many turns came to.

    `cosmos_requests` are data-plane requests of the app's own client, SDK retries included, and
    `query_bytes` what it read by queries. `feed_requests` is the trigger's reading of the feed and
    its leases, which depends on time and not on turns; `sweep_requests` the sweeper's.
    """

    turns: int
    chat_calls: int
    chat_calls_by_purpose: dict[str, int]
    prompt_chars: int
    prompt_chars_by_purpose: dict[str, int]
    embedding_calls: int
    embedded_texts: int
    cosmos_requests: int
    cosmos_requests_by_operation: dict[str, int]
    query_bytes: int
    feed_requests: int
    sweep_requests: int
    facts: int
    not_extracted: int
    extracted_twice: int
    request_units: float


async def read_counts(driver: AppDriver, turns: int) -> Counts:
    """The counts since the last reset."""
    rows = await driver.store_counts()
    model = await driver.model_counts()
    chunks = await driver.find("counters", _CHUNKS)
    facts = await driver.find("memories", "SELECT VALUE COUNT(1) FROM c WHERE c.type = 'fact'")
    extracted = Counter((chunk["user_id"], name) for chunk in chunks for name in chunk["turn_ids"])
    purposes: Mapping[str, Mapping[str, int]] = model["by_schema"]
    work = [row for row in rows if _agent(row) == WORK and row["operation"] not in _NOT_DATA]
    return Counts(
        turns=turns,
        chat_calls=model["chat_calls"],
        chat_calls_by_purpose={name: each["calls"] for name, each in purposes.items()},
        prompt_chars=model["prompt_chars"],
        prompt_chars_by_purpose={name: each["prompt_chars"] for name, each in purposes.items()},
        embedding_calls=model["embedding_calls"],
        embedded_texts=model["embedded_texts"],
        cosmos_requests=_total(work),
        cosmos_requests_by_operation={
            f"{row['operation']} {row['container']}": row["count"] for row in work
        },
        query_bytes=sum(row["response_bytes"] for row in work if row["operation"] == "query"),
        feed_requests=_total([row for row in rows if _agent(row) == "feed"]),
        sweep_requests=_total([row for row in rows if _agent(row) == SWEEP]),
        facts=int(facts[0]),
        not_extracted=turns - len(extracted),
        extracted_twice=sum(times > 1 for times in extracted.values()),
        request_units=round(sum(row["request_units"] for row in work), 1),
    )


def _total(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(int(row["count"]) for row in rows)


def _agent(row: Mapping[str, Any]) -> str:
    """Who sent a request: the app's client, its sweeper, or somebody else."""
    sent_by = str(row["user_agent"])
    for name in (SWEEP, f"{WORK}-status", WORK):
        if name in sent_by:
            return name
    return "bench" if sent_by.endswith("bench") else "feed"
