"""Runs the app's orchestrators as a Functions host would, in virtual time, on scripted activities.

The orchestrators are the registered functions, called over Durable Functions' own wire format:
every turn replays the whole history on Microsoft's engine, which refuses another decision than the
one that was recorded. Only the host is played here: it keeps histories, runs activities, and lets
durable timers fire at once, at the time they were set for.
"""

import base64
import heapq
import importlib
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb

type Reply = dict[str, Any] | Exception
type Activity = Callable[[dict[str, Any]], Awaitable[Reply]]
START = datetime(2026, 1, 1, tzinfo=UTC)
_MOST_GENERATIONS = 50


@cache
def registered_functions() -> dict[str, Any]:
    """The functions of the app by name, loaded with settings that lead nowhere."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COSMOS_DB_ENDPOINT", "http://127.0.0.1:9")
        environment.setenv("AI_FOUNDRY_ENDPOINT", "http://127.0.0.1:9/v1")
        app = importlib.import_module("function_app").app
    return {str(function.get_function_name()): function for function in app.get_functions()}


class OrchestrationFailedError(Exception):
    """An orchestration ended with an error."""


@dataclass(frozen=True)
class ActivityCall:
    name: str
    payload: dict[str, Any]
    at: float


@dataclass
class Turn:
    """One execution of an orchestrator: what it was given and what it asked for."""

    name: str
    request: pb.OrchestratorRequest
    actions: list[pb.OrchestratorAction]


@dataclass
class _Run:
    """An orchestration under way: its history, and what has yet to happen, by time."""

    name: str
    instance_id: str
    now: datetime
    past: list[pb.HistoryEvent] = field(default_factory=list)
    coming: list[tuple[datetime, int, pb.HistoryEvent]] = field(default_factory=list)


class Hub:
    """A task hub: `calls`, `orchestrations` and `turns` are what happened, in order."""

    def __init__(self, activities: Mapping[str, Activity]) -> None:
        self.calls: list[ActivityCall] = []
        self.orchestrations: list[str] = []
        self.turns: list[Turn] = []
        self.histories: list[list[pb.HistoryEvent]] = []
        self._activities = activities
        self._functions = registered_functions()
        self._numbers = itertools.count()

    async def run(self, name: str, payload: Any, instance_id: str = "instance-1") -> Any:
        """Run an orchestration to its end, through all its generations; its output."""
        output, _ = await self._run(name, json.dumps(payload), instance_id, START)
        return json.loads(output) if output else None

    def names(self) -> list[str]:
        """The names of the activities, in the order of their calls."""
        return [call.name for call in self.calls]

    async def replay(self, turn: Turn) -> list[pb.OrchestratorAction]:
        """What the orchestrator asks for when it is given a recorded turn again."""
        return await self._execute(turn.name, turn.request)

    async def _run(
        self, name: str, payload: str, instance_id: str, now: datetime
    ) -> tuple[str, datetime]:
        """The output and the time of the end."""
        for _ in range(_MOST_GENERATIONS):
            self.orchestrations.append(name)
            run = _Run(name, instance_id, now)
            started = helpers.new_execution_started_event(name, instance_id, payload)
            heapq.heappush(run.coming, (now, next(self._numbers), started))
            end = await self._run_generation(run)
            self.histories.append(run.past)
            if end.orchestrationStatus == pb.ORCHESTRATION_STATUS_FAILED:
                raise OrchestrationFailedError(end.failureDetails.errorMessage)
            if end.orchestrationStatus != pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW:
                return end.result.value, run.now
            payload, now = end.result.value, run.now
        raise AssertionError(f"{name} continues as new for ever")

    async def _run_generation(self, run: _Run) -> pb.CompleteOrchestrationAction:
        while True:
            assert run.coming, f"{run.name} waits for something that never happens"
            run.now, _, event = heapq.heappop(run.coming)
            new = [helpers.new_orchestrator_started_event(run.now.replace(tzinfo=None)), event]
            request = pb.OrchestratorRequest(
                instanceId=run.instance_id, pastEvents=run.past, newEvents=new
            )
            actions = await self._execute(run.name, request)
            self.turns.append(Turn(run.name, request, actions))
            run.past += [*new, helpers.new_orchestrator_completed_event()]
            for action in actions:
                if action.HasField("completeOrchestration"):
                    return action.completeOrchestration
                await self._perform(run, action)

    async def _execute(
        self, name: str, request: pb.OrchestratorRequest
    ) -> list[pb.OrchestratorAction]:
        handle = self._functions[name].get_user_function()
        reply = await handle(base64.b64encode(request.SerializeToString()).decode())
        response = pb.OrchestratorResponse()
        response.ParseFromString(base64.b64decode(reply))
        return list(response.actions)

    async def _perform(self, run: _Run, action: pb.OrchestratorAction) -> None:
        """Record what was asked for, do it, and let its outcome come."""
        if action.HasField("scheduleTask"):
            asked = action.scheduleTask
            run.past.append(
                helpers.new_task_scheduled_event(action.id, asked.name, asked.input.value)
            )
            self._come(run, run.now, await self._call(run, action.id, asked))
        elif action.HasField("createTimer"):
            fire_at = action.createTimer.fireAt.ToDatetime()
            run.past.append(helpers.new_timer_created_event(action.id, fire_at))
            fired = helpers.new_timer_fired_event(action.id, fire_at)
            self._come(run, fire_at.replace(tzinfo=UTC), fired)
        else:
            asked = action.createSubOrchestration
            instance_id = asked.instanceId or f"{run.instance_id}:{action.id}"
            run.past.append(
                helpers.new_sub_orchestration_created_event(
                    action.id, asked.name, instance_id, asked.input.value
                )
            )
            try:
                output, end = await self._run(asked.name, asked.input.value, instance_id, run.now)
            except OrchestrationFailedError as error:
                failed = helpers.new_sub_orchestration_failed_event(action.id, error)
                self._come(run, run.now, failed)
                return
            completed = helpers.new_sub_orchestration_completed_event(action.id, output)
            self._come(run, end, completed)

    async def _call(self, run: _Run, task_id: int, asked: pb.ScheduleTaskAction) -> pb.HistoryEvent:
        assert asked.name in self._functions, f"the app has no function {asked.name}"
        payload = json.loads(asked.input.value)
        at = (run.now - START) / timedelta(seconds=1)
        self.calls.append(ActivityCall(asked.name, payload, at))
        reply = await self._activities[asked.name](payload)
        if isinstance(reply, Exception):
            return helpers.new_task_failed_event(task_id, reply)
        return helpers.new_task_completed_event(task_id, json.dumps(reply))

    def _come(self, run: _Run, at: datetime, event: pb.HistoryEvent) -> None:
        heapq.heappush(run.coming, (at, next(self._numbers), event))
