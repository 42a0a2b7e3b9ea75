"""The Cosmos DB trigger on the turns container: count the turns, start what has become due."""

import json
import logging

import azure.durable_functions as df
import azure.functions as func
from azure.functions.decorators.function_app import SettingsApi

from shared.domain.errors import TransientError
from shared.domain.turns import ThreadKey
from shared.wiring import Settings, get_services, get_telemetry, observed

_log = logging.getLogger("agent_memory.change_feed")


class _Blueprint(df.Blueprint, SettingsApi):
    """A Durable blueprint with `retry`, which 2.x has lost."""


def build_blueprint(settings: Settings) -> df.Blueprint:
    """The trigger, with the intervals and the lease prefix of the settings.

    Built when the app is indexed, not when this module is imported: the decorator wants values.
    """
    blueprint = _Blueprint()

    @blueprint.function_name("on_turns_written")
    @blueprint.cosmos_db_trigger(
        arg_name="documents",
        connection="COSMOS_DB",
        database_name="%COSMOS_DB_DATABASE%",
        container_name="%COSMOS_DB_TURNS_CONTAINER%",
        lease_container_name="%COSMOS_DB_LEASE_CONTAINER%",
        lease_container_prefix=settings.lease_prefix,
        feed_poll_delay=_milliseconds(settings.feed_poll_seconds),
        lease_acquire_interval=_milliseconds(settings.lease_acquire_seconds),
        lease_renew_interval=_milliseconds(settings.lease_renew_seconds),
        lease_expiration_interval=_milliseconds(settings.lease_expiration_seconds),
        max_items_per_invocation=settings.feed_batch,
    )
    @blueprint.durable_client_input(client_name="client")
    @blueprint.retry(
        strategy="exponential_backoff",
        max_retry_count="-1",
        minimum_interval="00:00:01",
        maximum_interval="00:01:00",
    )
    @observed
    async def on_turns_written(  # pyright: ignore[reportUnusedFunction] - the decorators keep it
        documents: func.DocumentList, client: df.DurableOrchestrationClient
    ) -> None:
        await _count_and_start(documents, client)

    return blueprint


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


async def _count_and_start(
    documents: func.DocumentList, client: df.DurableOrchestrationClient
) -> None:
    """Count a batch of turns and start the threads that have work, each as soon as it is counted.

    It fails only if no thread of the batch could be counted; the retry policy then holds the batch.
    What is not counted or not started here, the sweeper finds.
    """
    services = get_services()
    get_telemetry().label_step({"memory.documents": len(documents)})
    if not services.runs:
        _log.warning(
            "MEMORY_PROCESSOR_OWNER=inprocess: %d documents are left to in-process clients",
            len(documents),
        )
        return
    await services.count_turns.run(
        [json.loads(document.to_json()) for document in documents],
        on_due=lambda key: _start(client, key),
    )


async def _start(client: df.DurableOrchestrationClient, key: ThreadKey) -> None:
    try:
        await get_services().start.start_thread(client, key, tries=4)
    except TransientError as error:  # the turns are counted
        _log.warning("a thread was not started (%s); the sweeper will", error.code)
