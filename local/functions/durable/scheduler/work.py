"""Work items of a scheduler: run as invocations of the app's functions, completed or given back."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import ActivityWorkItem
from google.protobuf.message import Message

from local.functions.durable import invocations
from local.functions.durable.engine import Engine
from local.functions.durable.refusal import RefusedError
from local.functions.durable.work_source import Turn
from local.functions.host_json import HostOptions
from local.functions.rehearsal import Rehearsal
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Durable")


class WorkRunner:
    """Runs work items within the limits of host.json."""

    def __init__(
        self, engine: Engine, worker: Worker, options: HostOptions, rehearsal: Rehearsal
    ) -> None:
        self._engine = engine
        self._worker = worker
        self._rehearsal = rehearsal
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(options.max_orchestrators)
        self._activities = asyncio.Semaphore(options.max_activities)
        self._entities = asyncio.Semaphore(options.max_entities)

    async def take(self, item: pb.WorkItem) -> None:
        """Begin to run a work item."""
        kind = item.WhichOneof("request")
        if kind == "orchestratorRequest":
            self._begin(self._turns, self._run_turn, item, _give_turn_back(item))
        elif kind == "activityRequest":
            self._begin(self._activities, self._run_activity, item, _give_activity_back(item))
        elif kind in {"entityRequest", "entityRequestV2"}:
            self._begin(self._entities, self._run_entity, item, _give_entity_back(item))

    async def stop(self, drain_seconds: float) -> None:
        """Give what is running a moment to end; what does not is handed out again in time."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=drain_seconds)
        for task in self._tasks:
            task.cancel()

    def _begin(
        self,
        limit: asyncio.Semaphore,
        run: Callable[[pb.WorkItem], Coroutine[Any, Any, None]],
        item: pb.WorkItem,
        give_back: tuple[str, Message],
    ) -> None:
        async def run_within_limit() -> None:
            try:
                async with limit:
                    await run(item)
            except RefusedError as refusal:
                logger.warning("The scheduler did not take a result: %s", refusal)
            except Exception:  # a work item that is neither completed nor given back may hang
                logger.exception("A work item could not be run; it is given back.")
                await self._engine.call(*give_back)

        task = asyncio.create_task(run_within_limit())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_turn(self, item: pb.WorkItem) -> None:
        request = item.orchestratorRequest
        turn = Turn(_find_name(request), item.completionToken, request)
        await self._rehearsal.reach("before orchestrator turn")
        response = await invocations.run_orchestrator_turn(self._worker, turn)
        await self._rehearsal.reach("after orchestrator turn")
        await self._engine.call("CompleteOrchestratorTask", response)

    async def _run_activity(self, item: pb.WorkItem) -> None:
        request = item.activityRequest
        work = ActivityWorkItem(
            instance_id=request.orchestrationInstance.instanceId,
            name=request.name,
            task_id=request.taskId,
            input=request.input.value if request.HasField("input") else None,
            completion_token=0,
        )
        await self._rehearsal.reach("before activity")
        response = await invocations.run_activity(self._worker, work)
        await self._rehearsal.reach("after activity")
        response.completionToken = item.completionToken
        await self._engine.call("CompleteActivityTask", response)

    async def _run_entity(self, item: pb.WorkItem) -> None:
        result = await invocations.run_entity_batch(self._worker, item)
        await self._engine.call("CompleteEntityTask", result)


def _find_name(request: pb.OrchestratorRequest) -> str:
    """The orchestrator's name; only the events say it."""
    names = [
        event.executionStarted.name
        for event in (*request.pastEvents, *request.newEvents)
        if event.HasField("executionStarted")
    ]
    return names[-1] if names else ""


def _give_turn_back(item: pb.WorkItem) -> tuple[str, Message]:
    request = pb.AbandonOrchestrationTaskRequest(completionToken=item.completionToken)
    return "AbandonTaskOrchestratorWorkItem", request


def _give_activity_back(item: pb.WorkItem) -> tuple[str, Message]:
    request = pb.AbandonActivityTaskRequest(completionToken=item.completionToken)
    return "AbandonTaskActivityWorkItem", request


def _give_entity_back(item: pb.WorkItem) -> tuple[str, Message]:
    return "AbandonTaskEntityWorkItem", pb.AbandonEntityTaskRequest(
        completionToken=item.completionToken
    )
