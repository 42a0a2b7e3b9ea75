"""The gRPC endpoint of the app's durable clients; work items do not pass through here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast, override

import grpc
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.internal import orchestrator_service_pb2_grpc as stubs
from durabletask.testing.in_memory_backend import OrchestrationInstance

from local.functions.durable.backend import LocalBackend
from local.functions.durable.commits import Commits
from local.functions.durable.refusal import InProcessContext, RefusedError
from local.functions.durable.statuses import FINISHED

# As shipped messages end at 4 MiB; the extension sets no limit.
_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),
)

_UNARY_METHODS = (
    "Hello",
    "StartInstance",
    "GetInstance",
    "RewindInstance",
    "RaiseEvent",
    "TerminateInstance",
    "SuspendInstance",
    "ResumeInstance",
    "PurgeInstances",
    "RestartInstance",
    "ListInstanceIds",
    "QueryInstances",
    "SignalEntity",
    "GetEntity",
    "QueryEntities",
    "CleanEntityStorage",
    "CreateTaskHub",
    "DeleteTaskHub",
)

type _Context = grpc.aio.ServicerContext[Any, Any]
type _Handler = Callable[[Any, _Context], Awaitable[Any]]


class ClientService(stubs.TaskHubSidecarServiceServicer):
    """The client's half of the sidecar protocol, answered on the event loop.

    A waiting client holds no thread: as shipped, ten clients that wait for completion stop
    everything else. A reply is sent when what it says is stored.
    """

    def __init__(self, backend: LocalBackend, commits: Commits) -> None:
        self._backend = backend
        self._commits = commits
        self._server = grpc.aio.server(options=_OPTIONS)
        for name in _UNARY_METHODS:
            setattr(self, name, self._answer(getattr(backend, name)))
        register = cast("Callable[[object, object], None]", _REGISTER)
        register(self, self._server)

    async def start(self, host: str) -> str:
        """Listen on a free port of an address and return `host:port`."""
        port = self._server.add_insecure_port(f"{host}:0")
        await self._server.start()
        return f"{host}:{port}"

    async def stop(self) -> None:
        """Drop the clients."""
        await self._server.stop(grace=0.1)

    @override
    async def WaitForInstanceStart(
        self, request: pb.GetInstanceRequest, context: _Context
    ) -> pb.GetInstanceResponse:
        """Wait until an instance has left Pending."""
        return await self._wait(request, context, _has_started)

    @override
    async def WaitForInstanceCompletion(
        self, request: pb.GetInstanceRequest, context: _Context
    ) -> pb.GetInstanceResponse:
        """Wait until an instance has finished."""
        return await self._wait(request, context, _has_finished)

    @override
    async def StreamInstanceHistory(
        self, request: pb.StreamInstanceHistoryRequest, context: _Context
    ) -> AsyncIterator[pb.HistoryChunk]:
        """Send the history of an instance."""
        chunks = await self._answer(self._backend.StreamInstanceHistory)(request, context)
        for chunk in chunks:
            yield chunk

    async def _wait(
        self,
        request: pb.GetInstanceRequest,
        context: _Context,
        is_reached: Callable[[OrchestrationInstance], bool],
    ) -> pb.GetInstanceResponse:
        await self._backend.wait_for(request.instanceId, is_reached, context.time_remaining())
        reply = await self._answer(self._backend.GetInstance)(request, context)
        return cast("pb.GetInstanceResponse", reply)

    def _answer(self, method: Callable[[Any, Any], Any]) -> _Handler:
        async def handle(request: Any, context: _Context) -> Any:
            try:
                reply = method(request, InProcessContext())
            except RefusedError as refusal:
                await context.abort(refusal.code, refusal.details)
            await self._commits.settle()
            return reply

        return handle


_REGISTER: object = stubs.add_TaskHubSidecarServiceServicer_to_server  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - generated without types


def _has_started(instance: OrchestrationInstance) -> bool:
    return instance.status != pb.ORCHESTRATION_STATUS_PENDING


def _has_finished(instance: OrchestrationInstance) -> bool:
    return instance.status in FINISHED
