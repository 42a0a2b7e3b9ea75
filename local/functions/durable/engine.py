"""What durable clients and management routes call: this host's own engine, or a remote one."""

from typing import Any, Protocol

from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance
from google.protobuf.message import Message

from local.functions.durable.backend import LocalBackend
from local.functions.durable.commits import Commits
from local.functions.durable.refusal import InProcessContext
from local.functions.durable.statuses import FINISHED


class Engine(Protocol):
    """The client's half of the sidecar protocol, by the names of its methods."""

    async def call(self, method: str, request: Message, seconds: float | None = None) -> Any:
        """Call a unary method and return its reply, when what it says is stored.

        Args:
            method: Its name in the protocol, such as StartInstance.
            request: The method's message.
            seconds: How long to wait for the state that a Wait method is about; None: for ever.

        Raises:
            RefusedError: the engine says no.
        """
        ...

    async def read_history(self, request: pb.StreamInstanceHistoryRequest) -> list[pb.HistoryEvent]:
        """Read the history of an instance.

        Raises:
            RefusedError: there is no such instance.
        """
        ...


class LocalEngine:
    """The engine in this process. A waiting client holds no thread.

    As shipped ten clients that wait for completion stop everything else.
    """

    def __init__(self, backend: LocalBackend, commits: Commits) -> None:
        self._backend = backend
        self._commits = commits
        self._context: Any = InProcessContext()

    async def call(self, method: str, request: Message, seconds: float | None = None) -> Any:
        """See Engine."""
        if isinstance(request, pb.GetInstanceRequest) and method in _AWAITED:
            await self._backend.wait_for(request.instanceId, _AWAITED[method], seconds)
            method = "GetInstance"
        reply = getattr(self._backend, method)(request, self._context)
        await self._commits.settle()
        return reply

    async def read_history(self, request: pb.StreamInstanceHistoryRequest) -> list[pb.HistoryEvent]:
        """See Engine."""
        chunks = list(self._backend.StreamInstanceHistory(request, self._context))
        await self._commits.settle()
        return [event for chunk in chunks for event in chunk.events]


def _has_started(instance: OrchestrationInstance) -> bool:
    return instance.status != pb.ORCHESTRATION_STATUS_PENDING


def _has_finished(instance: OrchestrationInstance) -> bool:
    return instance.status in FINISHED


_AWAITED = {"WaitForInstanceStart": _has_started, "WaitForInstanceCompletion": _has_finished}
