import pytest

from tests.workflow.scripts import (
    COMMITTED,
    DONE,
    EVERYTHING_PLAN,
    MORE_DUE,
    NO_PROFILE,
    RECONCILING_PLAN,
    USER_JOB,
    OutageError,
    hub,
)

DOWN = OutageError("the model is down")


async def test_a_profile_is_planned_written_persisted_and_committed() -> None:
    ran = hub()
    await ran.run("process_user", USER_JOB)
    assert ran.names() == ["plan_profile", "write_profile", "persist_profile", "commit_profile"]
    assert ran.calls[-1].payload["status"] == "done"
    assert {call.payload["claim_key"] for call in ran.calls[1:]} == {"profile:1"}


async def test_facts_are_reconciled_before_the_profile_where_the_plan_says_so() -> None:
    ran = hub(plan_profile=RECONCILING_PLAN)
    await ran.run("process_user", USER_JOB)
    assert ran.names()[:3] == ["plan_profile", "reconcile_facts", "write_profile"]
    assert ran.calls[1].payload["reconcile"] is True


async def test_a_reconciliation_that_keeps_failing_postpones_the_profile() -> None:
    ran = hub(plan_profile=RECONCILING_PLAN, reconcile_facts=DOWN)
    await ran.run("process_user", USER_JOB)
    assert "write_profile" not in ran.names()
    assert (ran.calls[-1].name, ran.calls[-1].payload["status"]) == ("commit_profile", "deferred")


async def test_procedures_are_derived_last_and_only_where_the_plan_says_so() -> None:
    ran = hub(plan_profile=EVERYTHING_PLAN)
    await ran.run("process_user", USER_JOB)
    assert ran.names()[-3:] == ["write_procedures", "persist_procedures", "commit_profile"]
    assert ran.calls[-1].payload["procedures"] is True


async def test_procedures_that_keep_failing_do_not_hold_up_the_profile() -> None:
    ran = hub(plan_profile=EVERYTHING_PLAN, write_procedures=DOWN)
    await ran.run("process_user", USER_JOB)
    commit = ran.calls[-1].payload
    assert (commit["status"], commit["procedures"]) == ("done", False)
    assert "persist_procedures" not in ran.names()


async def test_a_run_without_a_profile_takes_the_other_steps() -> None:
    ran = hub(plan_profile={**EVERYTHING_PLAN, "profile": False})
    await ran.run("process_user", USER_JOB)
    assert ran.names() == [
        "plan_profile",
        "reconcile_facts",
        "write_procedures",
        "persist_procedures",
        "commit_profile",
    ]


async def test_nothing_due_ends_the_run_after_the_plan() -> None:
    ran = hub(plan_profile=NO_PROFILE)
    await ran.run("process_user", USER_JOB)
    assert ran.names() == ["plan_profile"]


async def test_a_user_goes_round_while_a_run_is_due() -> None:
    ran = hub(commit_profile=[MORE_DUE, COMMITTED])
    await ran.run("process_user", USER_JOB)
    assert ran.orchestrations == ["process_user", "process_user"]
    assert ran.names().count("commit_profile") == 2


@pytest.mark.parametrize("broken", ["write_profile", "persist_profile"])
async def test_a_run_that_keeps_failing_is_postponed_by_its_commit(broken: str) -> None:
    ran = hub(**{broken: DOWN})
    await ran.run("process_user", USER_JOB)
    assert ran.names().count(broken) == 4
    assert ran.calls[-1].name == "commit_profile"
    assert ran.calls[-1].payload["status"] == "deferred"


async def test_a_failing_model_is_asked_again_after_growing_pauses() -> None:
    ran = hub(write_profile=[DOWN, DOWN, DONE])
    await ran.run("process_user", USER_JOB)
    tries = [call for call in ran.calls if call.name == "write_profile"]
    assert [call.payload["attempt"] for call in tries] == [0, 1, 2]
    assert tries[2].at - tries[1].at > tries[1].at - tries[0].at > 0


@pytest.mark.parametrize("broken", ["plan_profile", "commit_profile"])
async def test_a_run_whose_plan_or_commit_keeps_failing_ends(broken: str) -> None:
    ran = hub(**{broken: DOWN})
    assert await ran.run("process_user", USER_JOB) is None
    assert ran.names()[-1] == broken
