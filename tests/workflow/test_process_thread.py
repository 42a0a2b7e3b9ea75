import itertools

import pytest

from shared.domain.messages import CommitJob, PersistJob
from tests.workflow.scripts import (
    COMMITTED,
    DONE,
    EPISODES_ONLY,
    EXTRACT_ONLY,
    MORE_DUE,
    NOTHING_DUE,
    PLAN,
    PROFILE_DUE,
    RETIRE_ONLY,
    SUMMARIZE_ONLY,
    THREAD_JOB,
    OutageError,
    hub,
)

DOWN = OutageError("the store is down")


async def test_a_thread_is_planned_extracted_and_summarised_side_by_side_and_committed() -> None:
    ran = hub()
    await ran.run("process_thread", THREAD_JOB)
    names = ran.names()
    assert names[0] == "plan_thread"
    assert names[-1] == "commit_thread"
    extraction = ["extract_facts", "deduplicate_facts", "persist_facts"]
    assert [name for name in names if name in extraction] == extraction
    summary = ["write_summary", "persist_summary"]
    assert [name for name in names if name in summary] == summary
    assert [n for n in names if n.endswith("_episodes")] == ["write_episodes", "persist_episodes"]
    assert sorted(ran.orchestrations) == [
        "extract_episodes",
        "extract_memories",
        "process_thread",
        "summarize_thread",
    ]
    assert {call.at for call in ran.calls} == {0.0}


async def test_every_step_is_told_its_claim_and_the_commit_how_they_ended() -> None:
    ran = hub()
    await ran.run("process_thread", THREAD_JOB)
    by_name = {call.name: call.payload for call in ran.calls}
    assert by_name["persist_episodes"]["segments"] == [{"first": [1, 0], "last": [1, 4]}]
    assert "segments" not in by_name["extract_facts"]
    steps = ("extract_facts", "deduplicate_facts", "persist_facts", "write_summary")
    for name in (*steps, "write_episodes"):
        assert by_name[name]["claim_key"] == "chunk:1"
        assert (by_name[name]["user_id"], by_name[name]["thread_id"]) == ("u1", "t1")
        assert by_name[name]["attempt"] == 0
    persist = PersistJob.model_validate(by_name["persist_facts"])
    assert (persist.creates, persist.folds, persist.revives) == ([0], {1: "fact_a"}, {2: "fact_b"})
    assert persist.supersedes == [("fact_c", "fact_d")]
    commit = CommitJob.model_validate(by_name["commit_thread"])
    assert commit.extracted is not None
    assert commit.summarized is not None
    assert (commit.extracted.count, commit.extracted.folds) == (2, {1: "fact_a"})
    assert commit.summarized.count == 5


async def test_nothing_due_ends_the_run_after_the_plan() -> None:
    ran = hub(plan_thread=NOTHING_DUE)
    await ran.run("process_thread", THREAD_JOB)
    assert ran.names() == ["plan_thread"]


@pytest.mark.parametrize(
    ("plan", "sub", "absent"),
    [
        (EXTRACT_ONLY, "extract_memories", "summarized"),
        (SUMMARIZE_ONLY, "summarize_thread", "extracted"),
        (EPISODES_ONLY, "extract_episodes", "extracted"),
    ],
)
async def test_only_the_steps_of_the_claim_are_run(
    plan: dict[str, object], sub: str, absent: str
) -> None:
    ran = hub(plan_thread=plan)
    await ran.run("process_thread", THREAD_JOB)
    assert ran.orchestrations[1:] == [sub]
    assert ran.calls[-1].payload[absent] is None


async def test_a_claim_without_steps_is_committed_at_once() -> None:
    ran = hub(plan_thread={**EXTRACT_ONLY, "extract": False})
    await ran.run("process_thread", THREAD_JOB)
    assert ran.names() == ["plan_thread", "commit_thread"]


async def test_a_thread_goes_round_with_a_fresh_history_while_something_is_due() -> None:
    ran = hub(plan_thread=EXTRACT_ONLY, commit_thread=[MORE_DUE, MORE_DUE, COMMITTED])
    await ran.run("process_thread", THREAD_JOB)
    assert ran.names().count("commit_thread") == 3
    assert ran.orchestrations.count("process_thread") == 3
    plans = [call.payload for call in ran.calls if call.name == "plan_thread"]
    assert plans == [{"version": 1, **THREAD_JOB, "attempt": 0}] * 3
    rounds = [history for history in ran.histories if len(history) > 1]
    assert max(map(len, rounds)) < 40


async def test_the_users_orchestration_is_started_only_when_the_profile_is_due() -> None:
    ran = hub(plan_thread=EXTRACT_ONLY, commit_thread=PROFILE_DUE)
    await ran.run("process_thread", THREAD_JOB)
    assert ran.names()[-2:] == ["commit_thread", "start_user"]
    assert ran.calls[-1].payload == {"user_id": "u1", "attempt": 0}


async def test_a_profile_that_cannot_be_started_does_not_stop_the_thread() -> None:
    due = {**PROFILE_DUE, "due": True}
    ran = hub(plan_thread=EXTRACT_ONLY, commit_thread=[due, COMMITTED], start_user=DOWN)
    await ran.run("process_thread", THREAD_JOB)
    assert ran.names().count("start_user") == 4
    assert ran.names()[-1] == "commit_thread"


async def test_a_failing_step_is_tried_again_with_growing_pauses_and_its_attempt() -> None:
    ran = hub(plan_thread=EXTRACT_ONLY, extract_facts=[DOWN, DOWN, DOWN, DONE])
    await ran.run("process_thread", THREAD_JOB)
    tries = [call for call in ran.calls if call.name == "extract_facts"]
    assert [call.payload["attempt"] for call in tries] == [0, 1, 2, 3]
    pauses = [later.at - before.at for before, later in itertools.pairwise(tries)]
    for pause, middle in zip(pauses, (2, 4, 8), strict=True):
        assert 0.75 * middle <= pause <= 1.25 * middle
    assert ran.calls[-1].payload["extracted"]["status"] == "done"


async def test_a_step_that_keeps_failing_is_deferred_and_the_next_steps_are_not_run() -> None:
    ran = hub(plan_thread=PLAN, extract_facts=DOWN)
    await ran.run("process_thread", THREAD_JOB)
    names = ran.names()
    assert names.count("extract_facts") == 4
    assert "deduplicate_facts" not in names
    commit = ran.calls[-1].payload
    assert ran.calls[-1].name == "commit_thread"
    assert commit["extracted"]["status"] == "deferred"
    assert commit["summarized"]["status"] == "done"


@pytest.mark.parametrize("broken", ["deduplicate_facts", "persist_facts"])
async def test_a_later_failure_does_not_ask_the_model_again(broken: str) -> None:
    ran = hub(plan_thread=EXTRACT_ONLY, **{broken: DOWN})
    await ran.run("process_thread", THREAD_JOB)
    assert ran.names().count("extract_facts") == 1
    assert ran.calls[-1].payload["extracted"]["status"] == "deferred"


@pytest.mark.parametrize("broken", ["write_summary", "persist_summary"])
async def test_a_failing_summary_is_deferred_and_the_extraction_is_committed(broken: str) -> None:
    ran = hub(**{broken: DOWN})
    await ran.run("process_thread", THREAD_JOB)
    commit = ran.calls[-1].payload
    assert commit["summarized"]["status"] == "deferred"
    assert commit["extracted"]["status"] == "done"


@pytest.mark.parametrize("broken", ["write_episodes", "persist_episodes"])
async def test_failing_episodes_are_deferred_and_all_else_is_committed(broken: str) -> None:
    ran = hub(**{broken: DOWN})
    await ran.run("process_thread", THREAD_JOB)
    commit = ran.calls[-1].payload
    assert commit["episodes"]["status"] == "deferred"
    assert (commit["extracted"]["status"], commit["summarized"]["status"]) == ("done", "done")


async def test_a_sub_orchestration_that_breaks_defers_the_claim() -> None:
    ran = hub(deduplicate_facts={"creates": "no list"})
    await ran.run("process_thread", THREAD_JOB)
    commit = ran.calls[-1].payload
    assert ran.calls[-1].name == "commit_thread"
    assert commit["extracted"]["status"] == "deferred"
    assert ran.names().count("commit_thread") == 1


async def test_a_commit_is_not_called_again_once_it_succeeded() -> None:
    ran = hub(plan_thread=EXTRACT_ONLY, commit_thread=[DOWN, COMMITTED])
    await ran.run("process_thread", THREAD_JOB)
    commits = [call for call in ran.calls if call.name == "commit_thread"]
    assert [call.payload["attempt"] for call in commits] == [0, 1]


@pytest.mark.parametrize("broken", ["plan_thread", "commit_thread"])
async def test_a_run_whose_plan_or_commit_keeps_failing_ends_and_is_left_to_the_sweeper(
    broken: str,
) -> None:
    ran = hub(**{broken: DOWN})
    assert await ran.run("process_thread", THREAD_JOB) is None
    assert ran.names().count(broken) == 4
    assert ran.names()[-1] == broken


async def test_the_end_of_a_generation_is_a_round_of_its_own_and_wakes_the_user() -> None:
    ran = hub(plan_thread=[RETIRE_ONLY, NOTHING_DUE])
    await ran.run("process_thread", THREAD_JOB)
    assert ran.names() == ["plan_thread", "retire_memories", "start_user", "plan_thread"]


async def test_a_generation_whose_end_keeps_failing_leaves_the_thread_to_its_turns() -> None:
    ran = hub(plan_thread=[RETIRE_ONLY, EXTRACT_ONLY], retire_memories=DOWN)
    await ran.run("process_thread", THREAD_JOB)
    assert ran.names().count("retire_memories") == 4
    assert "start_user" not in ran.names()
    assert ran.names()[-1] == "commit_thread"


async def test_an_input_of_the_first_version_is_understood() -> None:
    ran = hub()
    await ran.run("process_thread", {"user_id": "u1", "thread_id": "t1"})
    assert ran.calls[0].payload["retry"] == {"first_seconds": 2.0, "attempts": 6}


async def test_no_history_holds_more_than_two_kilobytes() -> None:
    ran = hub()
    await ran.run("process_thread", THREAD_JOB)
    assert len(ran.histories) == 4
    for history in ran.histories:
        assert sum(event.ByteSize() for event in history) < 2_000
