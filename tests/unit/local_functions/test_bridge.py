"""The bridge hands out what is kept in the file, and nothing that a kill could still undo."""

import asyncio
import base64
from pathlib import Path
from typing import Any, cast

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


class QuickWorker:
    """Answers at once. Its orchestrator calls an activity and ends with the next event.

    `seen` is what was called, and whether the file held everything then.
    """

    def __init__(self, file: StateFile) -> None:
        self._file = file
        self.seen: list[tuple[str, bool]] = []

    def find(self, kind: str, dispatch_name: str) -> Function:
        return Function(dispatch_name, dispatch_name, {"type": kind}, (), None)

    async def invoke(self, function: Function, value: TypedData, **_: Any) -> TypedData:
        self.seen.append((function.kind, self._file.journal.is_written))
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


async def test_what_a_turn_leads_to_waits_until_the_turn_is_kept(tmp_path: Path) -> None:
    bridge: Bridge
    commits = Commits(lambda: bridge.pump())
    file = StateFile(tmp_path, "Hub", commits.schedule)
    commits.use(file.journal)
    worker = QuickWorker(file)
    options = HostOptions("api", "Hub", max_activities=10, max_orchestrators=10, max_entities=10)
    bridge = Bridge(cast("Worker", worker), options, Rehearsal())
    backend = LocalBackend(commits.schedule, FinishedRuns(60, 10), file.journal)
    bridge.start(backend, commits)
    backend.StartInstance(pb.CreateInstanceRequest(instanceId="a", name="flow"), CONTEXT)

    async with asyncio.timeout(10):
        ended = await backend.wait_for("a", lambda one: one.completed_at is not None, None)
    await bridge.stop(1)
    file.close()
    assert ended is not None
    assert worker.seen == [
        ("orchestrationTrigger", True),
        ("activityTrigger", True),
        ("orchestrationTrigger", True),
    ]
