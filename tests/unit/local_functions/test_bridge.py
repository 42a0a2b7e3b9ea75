"""The bridge hands out what is kept in the file, and nothing that a kill could still undo."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb

from local.functions.durable.backend import LocalBackend
from local.functions.durable.bridge import Bridge
from local.functions.durable.commits import Commits
from local.functions.durable.finished_runs import FinishedRuns
from local.functions.durable.refusal import InProcessContext
from local.functions.durable.storage.state_file import StateFile
from local.functions.host_json import HostOptions
from local.functions.rehearsal import Rehearsal
from local.functions.worker.functions import Function
from local.functions.worker.messages import TypedData
from local.functions.worker.runtime import Worker

CONTEXT: Any = InProcessContext()


@dataclass(frozen=True)
class Call:
    """A call of a function, and whether the file held everything then."""

    kind: str
    instance_id: str
    was_kept: bool


class QuickWorker:
    """Answers at once. Its orchestrator calls an activity and ends with the next event.

    `seen` is what was called.
    """

    def __init__(self, file: StateFile) -> None:
        self._file = file
        self.seen: list[Call] = []

    def find(self, kind: str, dispatch_name: str) -> Function:
        return Function(dispatch_name, dispatch_name, {"type": kind}, (), None)

    async def invoke(
        self, function: Function, value: TypedData, *, instance_id: str, **_: Any
    ) -> TypedData:
        self.seen.append(Call(function.kind, instance_id, self._file.journal.is_written))
        if function.kind == "activityTrigger":
            return value
        request = pb.OrchestratorRequest.FromString(base64.b64decode(value.string or ""))
        if request.pastEvents:
            action = helpers.new_complete_orchestration_action(
                2, pb.ORCHESTRATION_STATUS_COMPLETED, '"done"'
            )
        else:
            action = helpers.new_schedule_task_action(1, "say", '"x"', None)
        answer = pb.OrchestratorResponse(actions=[action]).SerializeToString()
        return TypedData(string=base64.b64encode(answer).decode())


@dataclass(frozen=True)
class Workshop:
    """A backend at work."""

    backend: LocalBackend
    worker: QuickWorker

    def start(self, instance_id: str) -> None:
        request = pb.CreateInstanceRequest(instanceId=instance_id, name="flow")
        self.backend.StartInstance(request, CONTEXT)

    async def finish(self, instance_id: str) -> None:
        async with asyncio.timeout(10):
            ended = await self.backend.wait_for(
                instance_id, lambda one: one.completed_at is not None, None
            )
        assert ended is not None


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    bridge: Bridge
    commits = Commits(lambda: bridge.pump())
    file = StateFile(tmp_path, "Hub", commits.schedule)
    commits.use(file.journal)
    worker = QuickWorker(file)
    options = HostOptions("api", "Hub", max_activities=90, max_orchestrators=90, max_entities=90)
    bridge = Bridge(cast("Worker", worker), options, Rehearsal())
    backend = LocalBackend(commits.schedule, FinishedRuns(60, 1000), file.journal)
    bridge.start(backend, commits)
    yield Workshop(backend, worker)
    await bridge.stop(1)
    file.close()


async def test_what_a_turn_leads_to_waits_until_the_turn_is_kept(workshop: Workshop) -> None:
    workshop.start("a")
    await workshop.finish("a")
    assert [(call.kind, call.was_kept) for call in workshop.worker.seen] == [
        ("orchestrationTrigger", True),
        ("activityTrigger", True),
        ("orchestrationTrigger", True),
    ]


async def test_of_very_many_the_first_have_ended_before_the_last_begin(workshop: Workshop) -> None:
    names = [f"n{number}" for number in range(500)]
    for name in names:
        workshop.start(name)
    await workshop.finish(names[-1])
    turns = [call.instance_id for call in workshop.worker.seen if call.kind != "activityTrigger"]
    assert sorted(turns) == sorted(2 * names)
    in_flight = most = 0
    begun: set[str] = set()
    for name in turns:
        in_flight += -1 if name in begun else 1
        begun.add(name)
        most = max(most, in_flight)
    assert most <= 100
