"""From the backend's work items to the app's functions and back, without gRPC in between."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from durabletask.testing.in_memory_backend import ActivityWorkItem

from local.functions.durable import invocations
from local.functions.durable.backend import LocalBackend
from local.functions.durable.commits import Commits
from local.functions.durable.refusal import InProcessContext
from local.functions.host_json import HostOptions
from local.functions.rehearsal import Rehearsal
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Durable")

_RETRY_SECONDS = 1.0

# How much of one kind is begun in one pass of the loop, whatever the limit: clients and timers have
# their turn too. A parent is woken once for all of its children that end in one pass.
_AT_ONCE = 100

# Of orchestrations that have not begun fewer are: they lead to more work than they are, and what
# has begun is to end before much else is begun. It keeps what is in flight, and in memory, small.
_BEGUN_AT_ONCE = 25


class _Room:
    """How many of a kind may run at once, and how many do."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.running = 0

    @property
    def left(self) -> int:
        return self.limit - self.running


@dataclass(frozen=True, slots=True)
class _Lane:
    """One kind of work: how to take an item, run it and give it back."""

    room: _Room
    take: Callable[[], Any]
    run: Callable[[Any], Coroutine[Any, Any, None]]
    give_back: Callable[[Any], None]
    at_once: int = _AT_ONCE


class Bridge:
    """Runs whatever the backend has queued, within the limits of host.json."""

    def __init__(self, worker: Worker, options: HostOptions, rehearsal: Rehearsal) -> None:
        self._worker = worker
        self._rehearsal = rehearsal
        self._context: Any = InProcessContext()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._options = options
        self._lanes: list[_Lane] = []
        self._backend: LocalBackend | None = None
        self._commits: Commits | None = None

    def start(self, backend: LocalBackend, commits: Commits) -> None:
        """Begin to run the work of a backend, after each of its commits."""
        self._backend = backend
        self._commits = commits
        turns = _Room(self._options.max_orchestrators)
        activities = _Room(self._options.max_activities)
        entities = _Room(self._options.max_entities)
        run_turn, give_turn_back = self._run_turn, backend.give_turn_back
        first_turn, at_once = backend.take_first_turn, _BEGUN_AT_ONCE
        self._lanes = [
            _Lane(turns, backend.take_orchestration, run_turn, give_turn_back),
            _Lane(turns, first_turn, run_turn, give_turn_back, at_once),
            _Lane(
                activities, backend.take_activity, self._run_activity, backend.give_activity_back
            ),
            _Lane(entities, backend.take_entity, self._run_entity, backend.give_batch_back),
        ]
        commits.schedule()

    async def stop(self, drain_seconds: float) -> None:
        """Take no more work, and give what is running a moment to end."""
        self._stopped = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=drain_seconds)
        for task in self._tasks:
            task.cancel()

    def pump(self) -> None:
        """Start as much of the waiting work as may run at once."""
        if self._stopped:
            return
        loop = asyncio.get_running_loop()
        # All is taken before any of it runs: what it leads to waits for the next commit.
        for lane, item in [(each, item) for each in self._lanes for item in _take(each)]:
            # What waits for nothing is done on the spot, and needs no pass of the loop.
            task = asyncio.Task(self._run(lane, item), loop=loop, eager_start=True)
            if not task.done():
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _run(self, lane: _Lane, item: Any) -> None:
        try:
            await lane.run(item)
        except Exception:  # a work item that ends without a trace is an instance that hangs
            logger.exception("A work item could not be run; it will be tried again.")
            asyncio.get_running_loop().call_later(_RETRY_SECONDS, lane.give_back, item)
        finally:
            lane.room.running -= 1
            if self._commits:
                self._commits.schedule()

    @property
    def _completing(self) -> LocalBackend:
        if self._backend is None:
            raise RuntimeError("The bridge was not started.")
        return self._backend

    async def _run_turn(self, item: Any) -> None:
        await self._rehearsal.reach("before orchestrator turn")
        response = await invocations.run_orchestrator_turn(self._worker, item)
        await self._rehearsal.reach("after orchestrator turn")
        self._completing.CompleteOrchestratorTask(response, self._context)

    async def _run_activity(self, item: ActivityWorkItem) -> None:
        await self._rehearsal.reach("before activity")
        self._completing.sizes.check_payload("activity input", item.name, item.input)
        response = await invocations.run_activity(self._worker, item)
        self._completing.sizes.check_payload("activity output", item.name, response.result.value)
        await self._rehearsal.reach("after activity")
        self._completing.CompleteActivityTask(response, self._context)

    async def _run_entity(self, item: Any) -> None:
        response = await invocations.run_entity_batch(self._worker, item)
        self._completing.CompleteEntityTask(response, self._context)


def _take(lane: _Lane) -> Iterator[Any]:
    for _ in range(min(lane.room.left, lane.at_once)):
        item = lane.take()
        if item is None:
            return
        lane.room.running += 1
        yield item
