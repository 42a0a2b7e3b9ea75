"""Records what the app's orchestrations do now, for later versions to go on with.

`python -m tests.workflow.record_histories NAME` writes tests/workflow/histories/NAME.json. To be
run before a release: an orchestration that is under way while the app is upgraded has begun with
one version's decisions, and Durable Functions refuses others.
"""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

from tests.workflow.hub import Hub, Turn
from tests.workflow.scripts import (
    COMMITTED,
    DONE,
    EPISODES_ONLY,
    EVERYTHING_PLAN,
    MORE_DUE,
    NOTHING_DUE,
    PLAN,
    PROFILE_DUE,
    RETIRE_ONLY,
    SUMMARIZE_ONLY,
    THREAD_JOB,
    USER_JOB,
    OutageError,
    hub,
)

FOLDER = Path(__file__).parent / "histories"
_DOWN = OutageError("down")
_BACKFILL = {"backfill_id": "backfill:1", "retry": {"first_seconds": 2.0, "attempts": 3}}


def _script() -> list[tuple[str, dict[str, Any], Hub]]:
    """Orchestrations with their inputs, and hubs that lead them through every branch."""
    plans = [PLAN, SUMMARIZE_ONLY, EPISODES_ONLY, RETIRE_ONLY, NOTHING_DUE]
    return [
        ("process_thread", THREAD_JOB, hub(plan_thread=plans, commit_thread=MORE_DUE)),
        (
            "process_thread",
            THREAD_JOB,
            hub(
                extract_facts=[_DOWN, _DOWN, DONE],
                persist_summary=_DOWN,
                persist_episodes=[_DOWN, DONE],
                commit_thread=[MORE_DUE, PROFILE_DUE],
            ),
        ),
        ("process_thread", THREAD_JOB, hub(extract_facts=_DOWN)),
        (
            "process_user",
            USER_JOB,
            hub(
                plan_profile=EVERYTHING_PLAN,
                write_profile=[_DOWN, DONE],
                commit_profile=[MORE_DUE, COMMITTED],
            ),
        ),
        ("process_user", USER_JOB, hub(plan_profile=EVERYTHING_PLAN, reconcile_facts=_DOWN)),
        ("process_user", USER_JOB, hub(plan_profile=EVERYTHING_PLAN, write_profile=_DOWN)),
        ("process_user", USER_JOB, hub(plan_profile=EVERYTHING_PLAN, write_procedures=_DOWN)),
        ("run_backfill", _BACKFILL, hub(read_backfill_page=[_DOWN, {}, _DOWN, {"done": True}])),
    ]


def _last_turns(ran: Hub) -> list[Turn]:
    """The turn that ends each generation: its history is the whole of it."""
    return [
        turn
        for turn in ran.turns
        if any(action.HasField("completeOrchestration") for action in turn.actions)
    ]


async def _record() -> list[dict[str, str]]:
    recorded: list[dict[str, str]] = []
    for name, job, ran in _script():
        await ran.run(name, job)
        recorded += [
            {
                "name": turn.name,
                "request": base64.b64encode(turn.request.SerializeToString()).decode(),
            }
            for turn in _last_turns(ran)
        ]
    return recorded


def main() -> int:
    """Write the histories of this version to the file that is named."""
    path = FOLDER / f"{sys.argv[1]}.json"
    path.write_text(json.dumps(asyncio.run(_record()), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
