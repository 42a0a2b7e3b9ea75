"""What a run waits for, told from its history."""

from datetime import UTC, datetime, timedelta

from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb

from local.functions.durable.open_work import find_open_work

SOON = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1)


def test_activities_that_did_not_come_back_are_open() -> None:
    events = [
        helpers.new_task_scheduled_event(1, "a", '"in"'),
        helpers.new_task_scheduled_event(2, "b"),
        helpers.new_task_scheduled_event(3, "c"),
        helpers.new_task_completed_event(1, "1"),
        helpers.new_task_failed_event(3, ValueError("x")),
    ]
    assert {number: task.name for number, task in find_open_work(events).activities.items()} == {
        2: "b"
    }


def test_a_task_that_is_scheduled_again_after_its_failure_is_open_again() -> None:
    events = [
        helpers.new_task_scheduled_event(1, "a"),
        helpers.new_task_failed_event(1, ValueError("x")),
        helpers.new_timer_created_event(2, SOON),
        helpers.new_timer_fired_event(2, SOON),
        helpers.new_task_scheduled_event(1, "a"),
    ]
    work = find_open_work(events)
    assert list(work.activities) == [1]
    assert work.timers == {}


def test_a_timer_is_open_with_its_moment_until_it_fires() -> None:
    events = [helpers.new_timer_created_event(n, SOON) for n in (1, 2)]
    assert find_open_work(events).timers == {1: SOON, 2: SOON}
    events.append(helpers.new_timer_fired_event(1, SOON))
    assert find_open_work(events).timers == {2: SOON}


def test_a_lock_is_open_until_it_is_granted() -> None:
    asked = pb.HistoryEvent(
        entityLockRequested=pb.EntityLockRequestedEvent(
            criticalSectionId="s1", lockSet=["@counter@a"]
        )
    )
    granted = pb.HistoryEvent(entityLockGranted=pb.EntityLockGrantedEvent(criticalSectionId="s1"))
    assert list(find_open_work([asked]).locks) == ["s1"]
    assert not find_open_work([asked, granted]).locks
