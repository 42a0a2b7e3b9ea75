import itertools

import pytest

from orchestrators.retry import jitter
from tests.workflow.scripts import (
    COMMITTED,
    DONE,
    MORE_DUE,
    PROFILE_DUE,
    THREAD_JOB,
    USER_JOB,
    OutageError,
    hub,
)

DOWN = OutageError("down")


@pytest.mark.parametrize(
    ("name", "job"), [("process_thread", THREAD_JOB), ("process_user", USER_JOB)]
)
async def test_every_turn_decides_the_same_when_it_is_replayed(
    name: str, job: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = hub(
        extract_facts=[DOWN, DOWN, DONE],
        write_profile=[DOWN, DONE],
        persist_summary=DOWN,
        persist_episodes=[DOWN, DONE],
        commit_thread=[MORE_DUE, PROFILE_DUE],
        commit_profile=[MORE_DUE, COMMITTED],
    )
    await ran.run(name, job)
    assert len(ran.turns) > 8
    # Another machine: other settings, another day.
    monkeypatch.setenv("MEMORY_RETRY_ATTEMPTS", "1")
    monkeypatch.setenv("MEMORY_RETRY_FIRST_SECONDS", "900")
    for turn in ran.turns:
        assert await ran.replay(turn) == turn.actions


async def test_the_pauses_of_two_instances_differ_and_those_of_one_do_not() -> None:
    times: list[list[float]] = []
    for instance_id in ("thread-1", "thread-1", "thread-2"):
        ran = hub(plan_thread=DOWN)
        await ran.run("process_thread", THREAD_JOB, instance_id)
        times.append([call.at for call in ran.calls])
    assert times[0] == times[1]
    assert times[0] != times[2]


def test_jitter_stays_within_a_quarter() -> None:
    factors = [jitter(f"thread-{n}", attempt) for n in range(200) for attempt in range(5)]
    assert 0.75 <= min(factors) < 0.8
    assert 1.2 < max(factors) <= 1.25


async def test_no_pause_is_longer_than_a_minute_and_a_quarter() -> None:
    ran = hub(plan_thread=DOWN)
    await ran.run("process_thread", {**THREAD_JOB, "retry": {"first_seconds": 30, "attempts": 6}})
    times = [call.at for call in ran.calls]
    pauses = [later - before for before, later in itertools.pairwise(times)]
    assert len(pauses) == 5
    assert max(pauses) <= 75
