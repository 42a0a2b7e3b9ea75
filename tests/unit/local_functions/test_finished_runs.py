"""What is kept of finished runs, and for how long."""

from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance

from local.functions.durable.finished_runs import FinishedRuns


def make_instance(instance_id: str) -> OrchestrationInstance:
    instance = OrchestrationInstance(instance_id, "chain", pb.ORCHESTRATION_STATUS_COMPLETED)
    instance.history = [helpers.new_task_completed_event(1, instance_id)]
    return instance


def test_a_packed_history_is_read_back_as_it_was() -> None:
    runs = FinishedRuns(retention_seconds=60, limit=10)
    instance = make_instance("a")
    before = list(instance.history)
    instance.history = runs.keep(instance)
    assert instance.history == []
    assert runs.restore_history(instance) == before


def test_runs_expire_in_the_order_they_finished() -> None:
    runs = FinishedRuns(retention_seconds=0, limit=10)
    for name in "ab":
        runs.keep(make_instance(name))
    assert runs.pop_expired() == ["a", "b"]
    assert runs.pop_expired() == []


def test_the_oldest_go_first_when_there_are_too_many() -> None:
    runs = FinishedRuns(retention_seconds=60, limit=2)
    for name in "abcd":
        runs.keep(make_instance(name))
    assert runs.pop_expired() == ["a", "b"]


def test_a_run_that_begins_again_is_no_longer_a_finished_one() -> None:
    runs = FinishedRuns(retention_seconds=0, limit=10)
    runs.keep(make_instance("a"))
    runs.forget("a")
    assert runs.pop_expired() == []


def test_histories_of_purged_instances_go_too() -> None:
    runs = FinishedRuns(retention_seconds=60, limit=10)
    gone, kept = make_instance("gone"), make_instance("kept")
    for instance in (gone, kept):
        instance.history = runs.keep(instance)
    runs.drop_missing({"kept"})
    assert runs.restore_history(gone) == []
    assert len(runs.restore_history(kept)) == 1
