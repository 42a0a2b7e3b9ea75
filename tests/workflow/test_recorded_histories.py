"""Orchestrations that an earlier version of the app has begun are gone on with by this one.

record_histories.py has recorded them. A history that is refused here would be refused on Azure: the
change to the orchestrator needs a version of its own in its input, which leaves the old path as it
was.
"""

import base64
import json
from pathlib import Path

import pytest
from durabletask.internal import orchestrator_service_pb2 as pb

from tests.workflow.hub import Hub, Turn
from tests.workflow.record_histories import FOLDER

_RECORDED = sorted(FOLDER.glob("*.json"))


def _read_turns(path: Path) -> list[Turn]:
    turns: list[Turn] = []
    for each in json.loads(path.read_text()):
        request = pb.OrchestratorRequest()
        request.ParseFromString(base64.b64decode(each["request"]))
        turns.append(Turn(each["name"], request, []))
    return turns


async def find_failure(turn: Turn) -> str:
    """Why the orchestrator refuses its history; empty if it does not."""
    for action in await Hub({}).replay(turn):
        end = action.completeOrchestration
        if end.orchestrationStatus == pb.ORCHESTRATION_STATUS_FAILED:
            return end.failureDetails.errorMessage
    return ""


def take_out_first_task(turn: Turn) -> Turn:
    """The history as of an orchestrator that called another activity first."""
    request = pb.OrchestratorRequest()
    request.CopyFrom(turn.request)
    event = next(each for each in request.pastEvents if each.HasField("taskScheduled"))
    event.taskScheduled.name = "another_activity"
    return Turn(turn.name, request, [])


@pytest.mark.parametrize("path", _RECORDED, ids=[path.stem for path in _RECORDED])
async def test_no_orchestrator_decides_otherwise_than_the_version_that_began_it(path: Path) -> None:
    turns = _read_turns(path)
    assert {turn.name for turn in turns} >= {
        "process_thread", "extract_memories", "summarize_thread", "extract_episodes",
        "process_user", "run_backfill",
    }  # fmt: skip
    for turn in turns:
        assert await find_failure(turn) == "", turn.name


async def test_another_decision_than_the_recorded_one_is_noticed() -> None:
    for turn in _read_turns(_RECORDED[0]):
        assert await find_failure(take_out_first_task(turn)), turn.name
