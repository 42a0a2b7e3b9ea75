"""The host: indexes the app, then starts everything that can start a function, in order."""

import asyncio
import logging
import os
import socket
from pathlib import Path

from local.functions.durable.task_hub import TaskHub, read_retention
from local.functions.durable.webhooks import Webhooks
from local.functions.host_json import load_host_options
from local.functions.host_state import HostState, HostStatus
from local.functions.listener import HttpListener
from local.functions.rehearsal import Rehearsal
from local.functions.settings import load_settings
from local.functions.triggers.change_feed.trigger import CosmosTrigger
from local.functions.triggers.http import HttpTrigger
from local.functions.triggers.timer import TimerTrigger
from local.functions.worker.runtime import DEFAULT_THREAD_COUNT, Worker

logger = logging.getLogger("Host")

_DRAIN_SECONDS = 0.5


class Host:
    """One running function app.

    Args:
        app_directory: The folder with host.json and function_app.py.
        listening: The bound socket of the HTTP port.
        data: The folder of what outlives a restart, held by this process; without it nothing does.
    """

    def __init__(
        self, app_directory: Path, listening: socket.socket, data: Path | None = None
    ) -> None:
        self._data = data
        self._app_directory = app_directory
        self._listener = HttpListener(listening)
        self._base_url = self._listener.base_url
        self._status = HostStatus()
        self._worker = Worker()
        self._rehearsal = Rehearsal()
        self._background: list[asyncio.Task[None]] = []
        self._feeds: list[CosmosTrigger] = []
        self._feed_tasks: list[asyncio.Task[None]] = []
        self._hub: TaskHub | None = None

    async def start(self) -> None:
        """Index the app, then listen, then start its timers and change feeds.

        Raises:
            BadSettingsError: host.json or local.settings.json cannot be used.
            IndexingError: the app cannot be indexed.
            FunctionInError: a function cannot be run.
            UnusableStateError: the data folder holds what this program cannot read.
        """
        settings = load_settings(self._app_directory)
        options = load_host_options(self._app_directory)
        os.environ.setdefault("PYTHON_THREADPOOL_THREAD_COUNT", str(DEFAULT_THREAD_COUNT))
        await self._worker.index(self._app_directory, settings)
        functions = self._worker.functions
        http = [
            HttpTrigger(self._worker, function, options.route_prefix)
            for function in functions
            if function.kind == "httpTrigger"
        ]
        timers = [TimerTrigger(self._worker, f) for f in functions if f.kind == "timerTrigger"]
        feeds = [
            CosmosTrigger(self._worker, function, settings, self._rehearsal)
            for function in functions
            if function.kind == "cosmosDBTrigger"
        ]
        self._hub = TaskHub(
            self._worker, options, read_retention(settings), self._rehearsal, self._data
        )
        self._status.register(self._listener.router)
        Webhooks(self._hub.backend, self._hub.commits).register(self._listener.router)
        for trigger in http:
            trigger.register(self._listener.router)
        await self._hub.start("127.0.0.1", self._base_url)
        await self._listener.start()
        self._print_functions(http)
        self._feeds = feeds
        self._feed_tasks = [asyncio.create_task(feed.run()) for feed in feeds]
        self._background += [asyncio.create_task(timer.run()) for timer in timers]
        self._background += [*self._feed_tasks, asyncio.create_task(self._become_ready())]

    async def stop(self) -> None:
        """Stop everything that starts functions, give those running a moment, and end."""
        self._status.state = HostState.STOPPING
        for feed in self._feeds:
            feed.finish_soon()
        if self._feed_tasks:
            await asyncio.wait(self._feed_tasks, timeout=_DRAIN_SECONDS)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._listener.stop()
        if self._hub:
            await self._hub.stop(_DRAIN_SECONDS)

    async def _become_ready(self) -> None:
        for feed in self._feeds:
            await feed.ready.wait()
        self._status.state = HostState.RUNNING
        logger.info("Ready: %s/admin/host/status", self._base_url)

    def _print_functions(self, http: list[HttpTrigger]) -> None:
        logger.info("Listening on %s", self._base_url)
        for trigger in http:
            methods = ",".join(trigger.methods) or "any method"
            logger.info("%s: [%s] %s%s", trigger.name, methods, self._base_url, trigger.template)
        for function in self._worker.functions:
            if function.kind != "httpTrigger":
                logger.info("%s: %s", function.name, function.kind)
