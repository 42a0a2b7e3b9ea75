"""Cosmos DB triggers that tell what they were given, and can be made to fail or to wait."""

import asyncio
import json
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from azure.functions.decorators.function_app import SettingsApi


class App(df.DFApp, SettingsApi):
    """2.x of the durable library left @app.retry out."""


app = App(http_auth_level=func.AuthLevel.ANONYMOUS)

# What the functions were given, and what they shall do next; kept in this process.
_batches: list[dict[str, Any]] = []
_orders: dict[str, Any] = {"fail": 0, "hold": False}


@app.route(route="batches")
def read_batches(req: func.HttpRequest) -> str:
    return json.dumps(_batches)


@app.route(route="orders", methods=["POST"])
def give_orders(req: func.HttpRequest) -> str:
    _orders.update(json.loads(req.get_body()))
    return json.dumps(_orders)


async def _take(function: str, documents: func.DocumentList, context: func.Context) -> None:
    retry = context.retry_context
    _batches.append(
        {
            "function": function,
            "ids": [document["id"] for document in documents],
            "lsns": [document.get("_lsn") for document in documents],
            "retry": [retry.retry_count, retry.max_retry_count],
        }
    )
    while _orders["hold"]:  # noqa: ASYNC110 - the orders come from another invocation
        await asyncio.sleep(0.02)
    if _orders["fail"]:
        _orders["fail"] -= 1
        raise RuntimeError("ordered to fail")


@app.cosmos_db_trigger(
    arg_name="documents",
    connection="COSMOS",
    database_name="%DATABASE%",
    container_name="turns",
    lease_container_name="leases",
    lease_container_prefix="plain",
    create_lease_container_if_not_exists=True,
    max_items_per_invocation=3,
    feed_poll_delay=50,
    lease_renew_interval=200,
    lease_acquire_interval=200,
    lease_expiration_interval=1000,
)
async def plain(documents: func.DocumentList, context: func.Context) -> None:
    await _take("plain", documents, context)


@app.cosmos_db_trigger(
    arg_name="documents",
    connection="BY_NAME",
    database_name="%DATABASE%",
    container_name="retried",
    lease_container_name="leases",
    create_lease_container_if_not_exists=True,
    feed_poll_delay=50,
    lease_renew_interval=200,
    lease_acquire_interval=200,
    lease_expiration_interval=1000,
    start_from_beginning=True,  # pyright: ignore[reportArgumentType] - typed as a time by mistake
)
@app.retry(strategy="fixed_delay", max_retry_count="-1", delay_interval="00:00:00")
async def retried(documents: func.DocumentList, context: func.Context) -> None:
    await _take("retried", documents, context)
