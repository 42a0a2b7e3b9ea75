import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from shared.domain.identifiers import thread_instance_id, user_instance_id
from shared.domain.messages import RetryPolicy, ThreadJob, UserJob
from shared.services.flush import FlushReport
from shared.services.start_orchestrations import StartOrchestrations, StartRefusedError
from tests.unit.services.runs import KEY

POLICY = RetryPolicy(first_seconds=0.5, attempts=3)


@dataclass
class DurableClient:
    """Starts instances like Durable Functions: an id that is running is refused."""

    running: set[str] = field(default_factory=set)
    refusals: int = 0
    status: str | None = None
    unreachable: bool = False
    started: list[tuple[str, str | None, Any]] = field(default_factory=list)

    async def start_new(
        self,
        orchestration_function_name: str,
        instance_id: str | None = None,
        client_input: Any | None = None,
    ) -> str:
        if self.unreachable:
            raise ConnectionError("no answer")
        if self.refusals:
            self.refusals -= 1
            raise RuntimeError("refused")
        self.started.append((orchestration_function_name, instance_id, client_input))
        return instance_id or ""

    async def get_status(self, instance_id: str) -> Any:
        if self.unreachable:
            raise ConnectionError("no answer")
        status = SimpleNamespace(name=self.status) if self.status else None
        return SimpleNamespace(runtime_status=status)


async def test_a_thread_is_started_as_its_singleton_with_the_retries_of_the_settings() -> None:
    client = DurableClient()
    assert await StartOrchestrations(POLICY).start_thread(client, KEY)
    [(name, instance_id, payload)] = client.started
    assert (name, instance_id) == ("process_thread", thread_instance_id("u1", "t1"))
    job = ThreadJob.model_validate(json.loads(json.dumps(payload)))
    assert (job.key, job.retry) == (KEY, POLICY)


async def test_a_user_is_started_as_their_singleton() -> None:
    client = DurableClient()
    assert await StartOrchestrations(POLICY).start_user(client, "u1")
    [(name, instance_id, payload)] = client.started
    assert (name, instance_id) == ("process_user", user_instance_id("u1"))
    assert UserJob.model_validate(payload).user_id == "u1"


@pytest.mark.parametrize("status", ["Running", "Pending", "ContinuedAsNew", "CONTINUED_AS_NEW"])
async def test_one_that_is_running_already_is_as_good_as_started(status: str) -> None:
    client = DurableClient(refusals=9, status=status)
    assert not await StartOrchestrations(POLICY).start_thread(client, KEY)
    assert client.started == []


async def test_one_that_is_about_to_end_is_waited_for() -> None:
    client = DurableClient(refusals=1, status="Running")
    assert await StartOrchestrations(POLICY).start_thread(client, KEY, tries=2)
    assert len(client.started) == 1


@pytest.mark.parametrize("status", [None, "Completed", "Failed", "Terminated"])
async def test_a_start_that_failed_for_another_reason_is_told(status: str | None) -> None:
    client = DurableClient(refusals=9, status=status)
    with pytest.raises(StartRefusedError) as caught:
        await StartOrchestrations(POLICY).start_thread(client, KEY, tries=2)
    assert "u1" not in str(caught.value)


async def test_a_start_is_told_as_transient_when_nobody_can_say_whether_it_runs() -> None:
    report = FlushReport(threads=[KEY])
    start = StartOrchestrations(POLICY)
    client = DurableClient(unreachable=True)
    with pytest.raises(StartRefusedError):
        await start.start_backfill(client, "backfill:1")
    assert not await report.attempt(start.start_thread(client, KEY))
    assert not await report.attempt(start.start_user(client, "u1"))
    assert report.failed == 2
