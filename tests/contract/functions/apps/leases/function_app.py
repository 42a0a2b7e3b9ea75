"""A Cosmos DB trigger with short lease intervals that writes down what it was given, in a file.

The file is that of its process and is written before the function ends, so it outlives a kill -9.
"""

import asyncio
import json
import os
from typing import Any

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

_file = os.open(
    f"{os.environ['DELIVERIES']}/{os.getpid()}.jsonl", os.O_CREAT | os.O_APPEND | os.O_WRONLY
)
_orders: dict[str, Any] = {"hold": False}


@app.route(route="orders", methods=["POST"])
def give_orders(req: func.HttpRequest) -> str:
    _orders.update(json.loads(req.get_body()))
    return json.dumps(_orders)


@app.cosmos_db_trigger(
    arg_name="documents",
    connection="COSMOS",
    database_name="%DATABASE%",
    container_name="turns",
    lease_container_name="leases",
    lease_container_prefix=os.environ.get("LEASE_PREFIX"),
    create_lease_container_if_not_exists=True,
    start_from_beginning=True,  # pyright: ignore[reportArgumentType] - typed as a time by mistake
    max_items_per_invocation=20,
    feed_poll_delay=50,
    lease_acquire_interval=300,
    lease_renew_interval=500,
    lease_expiration_interval=3000,
)
async def take(documents: func.DocumentList) -> None:
    ids = [document["id"] for document in documents]
    os.write(_file, json.dumps(ids).encode() + b"\n")
    while _orders["hold"]:  # noqa: ASYNC110 - the orders come from another invocation
        await asyncio.sleep(0.02)
