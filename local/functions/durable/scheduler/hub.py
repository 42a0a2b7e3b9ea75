"""A task hub in a Durable Task Scheduler, over the sidecar protocol: its clients and its work."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.internal import orchestrator_service_pb2_grpc as stubs
from google.protobuf.message import Message

from local.functions.durable.client_service import MESSAGE_OPTIONS
from local.functions.durable.refusal import RefusedError
from local.functions.durable.scheduler.connection import SchedulerAddress
from local.functions.durable.scheduler.work import WorkRunner
from local.functions.host_json import HostOptions
from local.functions.rehearsal import Rehearsal
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Durable")

_FIRST_RETRY_SECONDS = 0.2
_LONGEST_RETRY_SECONDS = 10.0
_CONNECTION_OPTIONS = (
    # A connection that carries nothing is asked for a sign of life.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # An emulator that is started again is found soon; gRPC itself would wait up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)

type _Metadata = tuple[tuple[str, str], ...]


class SchedulerEngine:
    """The client's calls, passed on with the task hub's name."""

    def __init__(self, stub: Any, metadata: _Metadata) -> None:
        self._stub = stub
        self._metadata = metadata

    async def call(self, method: str, request: Message, seconds: float | None = None) -> Any:
        """See Engine."""
        try:
            send: Callable[..., Any] = getattr(self._stub, method)
            return await send(request, metadata=self._metadata, timeout=seconds)
        except grpc.aio.AioRpcError as error:
            raise RefusedError(error.code(), error.details() or "") from error

    async def read_history(self, request: pb.StreamInstanceHistoryRequest) -> list[pb.HistoryEvent]:
        """See Engine."""
        try:
            chunks: AsyncIterator[pb.HistoryChunk] = self._stub.StreamInstanceHistory(
                request, metadata=self._metadata
            )
            return [event async for chunk in chunks for event in chunk.events]
        except grpc.aio.AioRpcError as error:
            raise RefusedError(error.code(), error.details() or "") from error


class SchedulerHub:
    """Takes work from a scheduler, for as long as the host runs, whether it is there or not."""

    def __init__(
        self, address: SchedulerAddress, worker: Worker, options: HostOptions, rehearsal: Rehearsal
    ) -> None:
        self._address = address
        self._options = options
        channel_options = (*MESSAGE_OPTIONS, *_CONNECTION_OPTIONS)
        self._channel = (
            grpc.aio.secure_channel(
                address.target, grpc.ssl_channel_credentials(), options=channel_options
            )
            if address.is_secure
            else grpc.aio.insecure_channel(address.target, options=channel_options)
        )
        make_stub: Any = stubs.TaskHubSidecarServiceStub
        stub = make_stub(self._channel)
        self._stub = stub
        self._metadata: _Metadata = (("taskhub", address.task_hub),)
        self.engine = SchedulerEngine(stub, self._metadata)
        self._work = WorkRunner(self.engine, worker, options, rehearsal)
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Ask for work from now on."""
        logger.info(
            "Durable Functions use the scheduler at %s, task hub %s.",
            self._address.target,
            self._address.task_hub,
        )
        self._reading = asyncio.create_task(self._read_for_ever())

    async def stop(self, drain_seconds: float) -> None:
        """Ask for no more work, and give what is running a moment to end."""
        if self._reading:
            self._reading.cancel()
        await self._work.stop(drain_seconds)
        await self._channel.close()

    def close(self) -> None:
        """Nothing is kept here."""

    async def _read_for_ever(self) -> None:
        delay = _FIRST_RETRY_SECONDS
        while True:
            try:
                async for item in self._open_stream():
                    delay = _FIRST_RETRY_SECONDS
                    await self._work.take(item)
                logger.info("The scheduler has closed the stream of work; asking again.")
            except grpc.aio.AioRpcError as error:
                logger.warning(
                    "The scheduler at %s gives no work (%s: %s); trying again in %.1f s.",
                    self._address.target,
                    error.code().name,
                    error.details(),
                    delay,
                )
            await asyncio.sleep(delay)
            delay = min(2 * delay, _LONGEST_RETRY_SECONDS)

    def _open_stream(self) -> AsyncIterator[pb.WorkItem]:
        request = pb.GetWorkItemsRequest(
            maxConcurrentOrchestrationWorkItems=self._options.max_orchestrators,
            maxConcurrentActivityWorkItems=self._options.max_activities,
            maxConcurrentEntityWorkItems=self._options.max_entities,
        )
        return self._stub.GetWorkItems(request, metadata=self._metadata)
