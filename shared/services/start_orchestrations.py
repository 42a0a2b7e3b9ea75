"""Starting the singleton orchestrations of threads and users."""

import asyncio
from typing import Any, Protocol

from shared.domain.errors import TransientError
from shared.domain.identifiers import (
    backfill_instance_id,
    thread_instance_id,
    user_instance_id,
)
from shared.domain.messages import BackfillJob, RetryPolicy, ThreadJob, UserJob
from shared.domain.turns import ThreadKey

_RUNNING = ("running", "pending", "continuedasnew", "continued_as_new", "suspended")
_PAUSE = 0.15
_CONCURRENT_STARTS = 16


class DurableClient(Protocol):
    """The part of the Durable Functions client that 1.7.0 and 2.x have in common."""

    async def start_new(
        self,
        orchestration_function_name: str,
        instance_id: str | None = None,
        client_input: Any | None = None,
    ) -> str:
        """Start an instance; raises if one with this id is running."""
        ...

    async def get_status(self, instance_id: str) -> Any:
        """The status of an instance; its `runtime_status` is None where there is no such one."""
        ...


class StartRefusedError(TransientError):
    """Durable Functions did not start an instance, and none with its id is known to run."""

    code = "start_refused"


class StartOrchestrations:
    """Starts instances by name, some at a time; one that is running is as good as started.

    What Durable Functions raises, each method raises as StartRefusedError.
    """

    def __init__(self, retry: RetryPolicy) -> None:
        self._retry = retry
        self._slots = asyncio.Semaphore(_CONCURRENT_STARTS)

    async def start_thread(self, client: DurableClient, key: ThreadKey, *, tries: int = 1) -> bool:
        """Start the thread's orchestration; whether it was started by this call.

        With several tries an instance that is about to end is waited for: its state may be idle
        already while Durable Functions still counts it as running.
        """
        job = ThreadJob(user_id=key.user_id, thread_id=key.thread_id, retry=self._retry)
        instance_id = thread_instance_id(key.user_id, key.thread_id)
        payload = job.model_dump(mode="json")
        return await self._start(client, "process_thread", instance_id, payload, tries)

    async def start_user(self, client: DurableClient, user_id: str, *, tries: int = 1) -> bool:
        """Start the user's orchestration; as start_thread."""
        payload = UserJob(user_id=user_id, retry=self._retry).model_dump(mode="json")
        return await self._start(client, "process_user", user_instance_id(user_id), payload, tries)

    async def start_backfill(self, client: DurableClient, backfill_id: str) -> bool:
        """Start a backfill's orchestration; as start_thread."""
        job = BackfillJob(backfill_id=backfill_id, retry=self._retry)
        instance_id = backfill_instance_id(backfill_id)
        payload = job.model_dump(mode="json")
        return await self._start(client, "run_backfill", instance_id, payload, 1)

    async def _start(
        self, client: DurableClient, name: str, instance_id: str, payload: Any, tries: int
    ) -> bool:
        for attempt in range(tries):
            if attempt:
                await asyncio.sleep(_PAUSE * 2 ** (attempt - 1))
            try:
                async with self._slots:
                    await client.start_new(name, instance_id, payload)
                return True
            except Exception as error:  # noqa: BLE001 - a duplicate: bare in 1.7.0, gRPC in 2.x
                if attempt == tries - 1:
                    await _require_running(client, name, instance_id, error)
        return False


async def _require_running(
    client: DurableClient, name: str, instance_id: str, refusal: Exception
) -> None:
    """Raises StartRefusedError unless an instance with this id is known to run."""
    message = f"start_refused: {name} was not started; the sweeper tries again"
    try:
        running = await _is_running(client, instance_id)
    except Exception as error:  # whatever Durable Functions raises: nobody knows whether it runs
        raise StartRefusedError(message) from error
    if not running:
        raise StartRefusedError(message) from refusal


async def _is_running(client: DurableClient, instance_id: str) -> bool:
    status = await client.get_status(instance_id)
    runtime_status = getattr(status, "runtime_status", None)
    name = getattr(runtime_status, "name", runtime_status)
    return str(name).lower() in _RUNNING
