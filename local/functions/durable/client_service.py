"""The gRPC endpoint of the app's durable clients; work items do not pass through here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast, override

import grpc
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.internal import orchestrator_service_pb2_grpc as stubs

from local.functions.durable.engine import Engine
from local.functions.durable.refusal import RefusedError

# As shipped messages end at 4 MiB; the extension sets no limit.
MESSAGE_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
)

_UNARY_METHODS = (
    "Hello",
    "StartInstance",
    "GetInstance",
    "WaitForInstanceStart",
    "WaitForInstanceCompletion",
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
    """The client's half of the sidecar protocol, answered on the event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._server = grpc.aio.server(options=(*MESSAGE_OPTIONS, ("grpc.so_reuseport", 0)))
        for name in _UNARY_METHODS:
            setattr(self, name, self._forward(name))
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
    async def StreamInstanceHistory(
        self, request: pb.StreamInstanceHistoryRequest, context: _Context
    ) -> AsyncIterator[pb.HistoryChunk]:
        """Send the history of an instance."""
        try:
            events = await self._engine.read_history(request)
        except RefusedError as refusal:
            await context.abort(refusal.code, refusal.details)
        yield pb.HistoryChunk(events=events)

    def _forward(self, method: str) -> _Handler:
        async def handle(request: Any, context: _Context) -> Any:
            try:
                return await self._engine.call(method, request, context.time_remaining())
            except RefusedError as refusal:
                await context.abort(refusal.code, refusal.details)

        return handle


_REGISTER: object = stubs.add_TaskHubSidecarServiceServicer_to_server  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - generated without types
