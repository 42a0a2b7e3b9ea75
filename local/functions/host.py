"""The host: indexes the app, then starts everything that can start a function, in order."""

import asyncio
import logging
import os
import socket

from local.functions.access.guard import Guard
from local.functions.access.key_file import KeyFile
from local.functions.admin.function_routes import FunctionRoutes, make_documents
from local.functions.admin.host_status import HostState, HostStatus
from local.functions.admin.landing_page import LandingPage
from local.functions.command_line import LaunchOptions
from local.functions.cors import Cors
from local.functions.durable.task_hub import TaskHub
from local.functions.durable.webhooks import Webhooks
from local.functions.host_json import HostOptions, load_host_options
from local.functions.listener import HttpListener
from local.functions.local_settings import LocalSettings, load_settings
from local.functions.logs.setup import apply_levels
from local.functions.rehearsal import Rehearsal
from local.functions.rehearsal_routes import RehearsalRoutes
from local.functions.settings import AppSettings
from local.functions.triggers.change_feed.trigger import CosmosTrigger
from local.functions.triggers.http import HttpTrigger, check_routes
from local.functions.triggers.timer import TimerTrigger
from local.functions.triggers.timer_status import TimerStatuses
from local.functions.worker.runtime import WORKER_DEFAULTS, Worker

logger = logging.getLogger("Host")


class Host:
    """One running function app.

    Args:
        launch: What the command line says; the data folder is held by this process.
        local_settings: The app's local.settings.json, empty where that is not wanted.
        listening: The bound socket of the HTTP port.
    """

    def __init__(
        self, launch: LaunchOptions, local_settings: LocalSettings, listening: socket.socket
    ) -> None:
        self._launch = launch
        self._local_settings = local_settings
        self._listener = HttpListener(listening, launch.drain_seconds)
        self._base_url = self._listener.base_url
        self._status = HostStatus()
        self._worker = Worker()
        self._rehearsal = Rehearsal()
        self._background: list[asyncio.Task[None]] = []
        self._http: list[HttpTrigger] = []
        self._timers: list[TimerTrigger] = []
        self._feeds: list[CosmosTrigger] = []
        self._trigger_tasks: list[asyncio.Task[None]] = []
        self._hub: TaskHub | None = None
        self._function_routes: FunctionRoutes | None = None

    async def start(self) -> None:
        """Index the app, then listen, then start its timers and change feeds.

        Raises:
            BadSettingsError: host.json, local.settings.json or the keys cannot be used.
            IndexingError: the app cannot be indexed.
            FunctionInError: a function cannot be run.
            UnusableStateError: the data folder holds what this program cannot read.
        """
        settings = load_settings(self._local_settings)
        options = load_host_options(self._launch.app, settings)
        apply_levels(options.log_levels)
        for name, value in WORKER_DEFAULTS.items():
            os.environ.setdefault(name, value)
        self._worker.obey(options)
        await self._worker.index(self._launch.app, settings)
        guard = Guard(self._open_keys())
        self._make_triggers(settings, options, guard)
        self._hub = TaskHub(self._worker, options, settings, self._rehearsal, self._launch.data)
        self._register_routes(self._hub, settings, options, guard)
        await self._hub.start("127.0.0.1", self._base_url, guard.get_webhook_query())
        await self._listener.start()
        self._print_functions()
        triggers = (*self._feeds, *self._timers)
        self._trigger_tasks = [asyncio.create_task(trigger.run()) for trigger in triggers]
        self._background += [*self._trigger_tasks, asyncio.create_task(self._become_ready())]

    async def stop(self) -> None:
        """Stop everything that starts functions, give those running a moment, and end."""
        self._status.state = HostState.STOPPING
        drain_seconds = self._launch.drain_seconds
        for trigger in (*self._feeds, *self._timers):
            trigger.finish_soon()
        draining = [asyncio.create_task(self._listener.stop())]
        if self._function_routes:
            draining.append(asyncio.create_task(self._function_routes.stop(drain_seconds)))
        # All at once: what is left of one kind is no reason for another to wait longer.
        if self._trigger_tasks:
            await asyncio.wait(self._trigger_tasks, timeout=drain_seconds)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, *draining, return_exceptions=True)
        # Last, because the functions above may be waiting for an orchestration.
        if self._hub:
            await self._hub.stop(drain_seconds)

    def _open_keys(self) -> KeyFile | None:
        path = self._launch.keys
        if path is None:
            return None
        return KeyFile(path, [each.name for each in self._worker.of_kind("httpTrigger")])

    def _make_triggers(self, settings: AppSettings, options: HostOptions, guard: Guard) -> None:
        worker = self._worker
        self._http = [
            HttpTrigger(worker, function, options.route_prefix, guard)
            for function in worker.of_kind("httpTrigger")
        ]
        check_routes(self._http)
        data = self._launch.data
        statuses = TimerStatuses(data / "timers.json" if data else None)
        self._timers = [
            TimerTrigger(worker, function, statuses) for function in worker.of_kind("timerTrigger")
        ]
        self._feeds = [
            CosmosTrigger(worker, function, settings, self._rehearsal)
            for function in worker.of_kind("cosmosDBTrigger")
        ]

    def _register_routes(
        self, hub: TaskHub, settings: AppSettings, options: HostOptions, guard: Guard
    ) -> None:
        cors = Cors(self._local_settings)
        self._listener.add_middleware(cors.as_middleware())
        self._listener.add_middleware(guard.as_middleware())
        self._listener.before_response(cors.add_headers)
        self._listener.add_response_headers(options.response_headers)
        router = self._listener.router
        self._status.name_bundle(options.extension_bundle)
        self._status.register(router)
        self._function_routes = FunctionRoutes(
            self._worker,
            self._base_url,
            templates={trigger.name: trigger.template for trigger in self._http},
            inputs={
                **{trigger.name: trigger.make_value for trigger in self._timers},
                **{each.name: make_documents for each in self._worker.of_kind("cosmosDBTrigger")},
            },
        )
        self._function_routes.register(router)
        RehearsalRoutes(
            self._rehearsal, {trigger.name: trigger.orders for trigger in self._feeds}
        ).register(router)
        asks_for_keys = self._launch.keys is not None
        LandingPage(
            self._worker.functions, self._http, settings, asks_for_keys=asks_for_keys
        ).register(router)
        Webhooks(hub.engine).register(router)
        for trigger in self._http:
            trigger.register(router)

    async def _become_ready(self) -> None:
        for feed in self._feeds:
            await feed.ready.wait()
        self._status.state = HostState.RUNNING
        logger.info("Ready: %s/admin/host/status", self._base_url)

    def _print_functions(self) -> None:
        logger.info("Listening on %s", self._base_url)
        for trigger in self._http:
            methods = ",".join(trigger.methods) or "any method"
            logger.info("%s: [%s] %s%s", trigger.name, methods, self._base_url, trigger.template)
        for function in self._worker.functions:
            if function.kind != "httpTrigger":
                logger.info("%s: %s", function.name, function.kind)
