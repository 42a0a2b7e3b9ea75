"""The app's own activities over a real store, some of which fail, before or after their work."""

import random
from typing import Any

import pytest

from activities import episodes, extraction, profiles, summaries, thread_steps
from shared.domain.turns import ThreadKey
from tests.fakes.durable_client import DurableClient
from tests.fakes.memory_app import MemoryApp
from tests.workflow.hub import Activity, Hub, Reply, registered_functions
from tests.workflow.scripts import OutageError

_MOST_SWEEPS = 60
_RETRY = {"first_seconds": 1.0, "attempts": 3}


class Processor:
    """Runs an app as its host would, until nothing is left to do; `hubs` is what happened.

    Orchestrations are started with `client`, and run under the ids that they are started under.
    """

    def __init__(
        self, app: MemoryApp, patch: pytest.MonkeyPatch, *, seed: int = 0, failures: float = 0.0
    ) -> None:
        for module in (episodes, extraction, profiles, summaries, thread_steps):
            patch.setattr(module, "get_services", lambda: app.services)
        patch.setattr("shared.wiring.observing.get_telemetry", lambda: app.telemetry)
        self.app = app
        self.failures = failures
        self.failed = 0
        self.hubs: list[Hub] = []
        self._chance = random.Random(seed)
        self.client = DurableClient()
        self._activities = {
            name: self._make(name, function.get_user_function())
            for name, function in registered_functions().items()
            if str(function.get_trigger().get_dict_repr()["type"]) == "activityTrigger"
        }

    def _make(self, name: str, function: Any) -> Activity:
        async def run(payload: dict[str, Any]) -> Reply:
            if self._fails():
                return OutageError("before its work")
            try:
                if name == "start_user":
                    reply = await function.client_function(job=payload, client=self.client)
                else:
                    reply = await function(job=payload)
            except Exception as error:  # noqa: BLE001 - as Durable Functions takes it
                return error
            return OutageError("its reply was lost") if self._fails() else reply

        return run

    def _fails(self) -> bool:
        fails = self._chance.random() < self.failures / 2
        self.failed += fails
        return fails

    async def process(self, *keys: ThreadKey) -> None:
        """Run the orchestrations of threads, and of the users that become due by them."""
        for key in keys:
            await self.app.services.start.start_thread(self.client, key)
        await self.run_started()

    async def process_user(self, user_id: str) -> None:
        await self.app.services.start.start_user(self.client, user_id)
        await self.run_started()

    async def run_started(self) -> None:
        """Run what was started, and what is started by that."""
        while self.client.started:
            name, instance_id, job = self.client.started.pop(0)
            await self._new_hub().run(name, {**job, "retry": _RETRY}, instance_id)

    def _new_hub(self) -> Hub:
        self.hubs.append(Hub(self._activities))
        return self.hubs[-1]

    async def sweep_until_quiet(self) -> None:
        """Let time pass and run what the sweeper starts, until it starts nothing more."""
        quiet = 0
        for _ in range(_MOST_SWEEPS):
            self.app.clock.advance(700)
            report = await self.app.services.sweep.run()
            await self.process(*report.threads)
            for user_id in report.users:
                await self.process_user(user_id)
            quiet = 0 if report.threads or report.users else quiet + 1
            if quiet == 8:  # longer than the longest pause of a postponed step
                return
        raise AssertionError("the sweeper never comes to rest")
