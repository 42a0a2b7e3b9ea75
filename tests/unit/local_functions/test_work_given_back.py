"""Work that could not be run waits again, in memory and in the file."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb

from local.functions.durable.backend import LocalBackend
from local.functions.durable.finished_runs import FinishedRuns
from local.functions.durable.refusal import InProcessContext
from local.functions.durable.storage.state_file import StateFile

CONTEXT: Any = InProcessContext()


@dataclass
class Hub:
    backend: LocalBackend
    file: StateFile
    folder: Path

    def written(self) -> "Hub":
        self.file.journal.write()
        return self


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    opened = open_hub(tmp_path)
    yield opened
    opened.file.close()


def open_hub(folder: Path) -> Hub:
    file = StateFile(folder, "Hub", lambda: None)
    return Hub(LocalBackend(lambda: None, FinishedRuns(60, 10), file.journal), file, folder)


def reopen(hub: Hub) -> Hub:
    """What a host finds that starts on the file after a kill."""
    hub.file.close()
    again = open_hub(hub.folder)
    again.backend.restore(again.file.take_hub())
    hub.file = again.file
    return again


def start(hub: Hub) -> None:
    hub.backend.StartInstance(pb.CreateInstanceRequest(instanceId="a", name="chain"), CONTEXT)


async def test_a_turn_is_handed_out_again_with_what_came_meanwhile(hub: Hub) -> None:
    start(hub)
    turn = hub.written().backend.take_first_turn()
    assert turn is not None
    hub.backend.RaiseEvent(pb.RaiseEventRequest(instanceId="a", name="go"), CONTEXT)
    hub.written().backend.give_turn_back(turn)
    for again in (hub.written(), reopen(hub)):
        second = again.backend.take_first_turn()
        assert second is not None
        kinds = [event.WhichOneof("eventType") for event in second.request.newEvents]
        assert kinds == ["orchestratorStarted", "executionStarted", "eventRaised"]


async def test_an_activity_is_handed_out_again(hub: Hub) -> None:
    start(hub)
    turn = hub.backend.take_first_turn()
    assert turn is not None
    action = helpers.new_schedule_task_action(1, "say", '"x"', None)
    hub.backend.CompleteOrchestratorTask(
        pb.OrchestratorResponse(
            instanceId="a", completionToken=turn.completion_token, actions=[action]
        ),
        CONTEXT,
    )
    item = hub.backend.take_activity()
    assert item is not None
    assert hub.backend.take_activity() is None
    hub.backend.give_activity_back(item)
    assert hub.backend.take_activity() == item


async def test_a_batch_is_handed_out_again_in_its_order(hub: Hub) -> None:
    def send(name: str) -> None:
        hub.backend.SignalEntity(
            pb.SignalEntityRequest(instanceId="@counter@a", name=name, requestId=name), CONTEXT
        )

    send("first")
    batch = hub.written().backend.take_entity()
    assert batch is not None
    send("second")
    hub.written().backend.give_batch_back(batch)
    for again in (hub.written(), reopen(hub)):
        second = again.backend.take_entity()
        assert second is not None
        operations = second.entityRequestV2.operationRequests
        names = [each.entityOperationSignaled.operation for each in operations]
        assert names == ["first", "second"]


async def test_a_timer_of_the_past_fires_at_once_after_a_restart(hub: Hub) -> None:
    start(hub)
    turn = hub.backend.take_first_turn()
    assert turn is not None
    moment = helpers.new_timestamp(turn.request.newEvents[0].timestamp.ToDatetime())
    action = pb.OrchestratorAction(id=1, createTimer=pb.CreateTimerAction(fireAt=moment))
    hub.backend.CompleteOrchestratorTask(
        pb.OrchestratorResponse(
            instanceId="a", completionToken=turn.completion_token, actions=[action]
        ),
        CONTEXT,
    )
    again = reopen(hub.written())
    async with asyncio.timeout(5):
        while (second := again.backend.take_orchestration()) is None:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.001)
    fired = [event for event in second.request.newEvents if event.HasField("timerFired")]
    assert [event.timerFired.timerId for event in fired] == [1]
