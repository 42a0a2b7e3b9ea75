"""Starts the servers in the order in which they need each other, and stops them again."""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from local.stack.children import APP_ARGUMENTS, Child, ServerCommand
from local.stack.containers import create_store
from local.stack.data_folder import DataFolder
from local.stack.environment import (
    Addresses,
    addresses_of,
    app_environment,
    embedding_dimensions,
    env_file_text,
)
from local.stack.errors import StopRequested
from local.stack.identity import IdentityEndpoint
from local.stack.own_model import OwnModel
from local.stack.ports import Ports
from local.stack.trust import Trust

PROBE_TIMEOUT = aiohttp.ClientTimeout(total=2)
# A signal for the whole group ends the servers too; their end may be seen before the signal is.
SIGNAL_ARRIVES_WITHIN = 0.5


@dataclass(frozen=True)
class StackOptions:
    """How a stack runs.

    Settings beat the caller's. With tls Cosmos DB is reached over https; keyless has the app use
    Entra ID tokens instead of keys, which takes https. A model of the caller's is used where it
    stands, and no stand-in started.
    """

    ports: Ports
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    tls: bool = False
    keyless: bool = False
    model: OwnModel | None = None


class Stack:
    """A running stack; `guard` runs work that lasts only as long as the stack does."""

    def __init__(self, folder: DataFolder, options: StackOptions, stop: asyncio.Event) -> None:
        self.folder = folder
        self.ports = options.ports
        trust = folder.trust if options.tls or options.keyless else None
        addresses = addresses_of(self.ports, folder.load_keys(), trust)
        own = options.model
        self.has_stand_in_model = own is None
        self.addresses: Addresses = own.take_place(addresses) if own else addresses
        self._caller = {**os.environ, **options.settings}
        self._identity = IdentityEndpoint(self.addresses.model_key) if options.keyless else None
        self._identity_variables = self._identity.variables() if self._identity else None
        self.environment = app_environment(self.addresses, self._caller, self._identity_variables)
        self._children: list[Child] = []
        self._stop = stop
        self._first_end: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._watchers: list[asyncio.Task[None]] = []

    async def guard[T](self, work: Coroutine[Any, Any, T]) -> T:
        """The work's result.

        Raises StopRequested when the stop event is set first, StackError when a server ends.
        """
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self._stop.wait())
        try:
            waited_for = {task, stop, self._first_end}
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not task.exception():
                return task.result()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(stop), SIGNAL_ARRIVES_WITHIN)
            if self._stop.is_set():
                raise StopRequested
            if task.done():
                return task.result()
            raise self._first_end.result().unexpected_end()
        finally:
            await _cancel(task, stop)

    async def run_until_stopped(self) -> None:
        """Return when the stop event is set; raises StackError when a server ends by itself."""
        with contextlib.suppress(StopRequested):
            await self.guard(asyncio.Event().wait())

    async def start(self) -> None:
        """Start everything and return when turns can be written.

        Raises StackError when a server does not start or a setting is wrong.
        """
        cosmos, model, functions = self._commands()
        if self._identity:
            await self._identity.start()
        async with aiohttp.ClientSession(timeout=PROBE_TIMEOUT) as session:
            store = await self._start_child(cosmos)
            language_model = await self._start_child(model) if self.has_stand_in_model else None
            trust = self.addresses.trust
            await store.wait_until_ready(lambda: _answers(session, self.addresses.cosmos, trust))
            if trust:
                trust.write_bundle(self._caller)
            dimensions = embedding_dimensions(self.environment)
            await create_store(self.addresses.cosmos, self.addresses.cosmos_key, dimensions)
            if language_model:
                model_stats = f"{self.addresses.model_host}/_stats"
                await language_model.wait_until_ready(lambda: _answers(session, model_stats))
            host = await self._start_child(functions)
            host_status = f"{self.addresses.functions_host}/admin/host/status"
            await host.wait_until_ready(lambda: _says_running(session, host_status))
        self.folder.write_env_file(
            env_file_text(self.environment, self.addresses, self._identity_variables)
        )

    def _commands(self) -> tuple[ServerCommand, ServerCommand, ServerCommand]:
        cosmos = ("--port", str(self.ports.cosmos), "--data", str(self.folder.cosmos_data))
        if self.addresses.trust:
            cosmos = (*cosmos, "--tls")
        if self._identity:
            cosmos = (*cosmos, "--accept-any-token")
        model = ("--port", str(self.ports.model))
        functions = (*APP_ARGUMENTS, "--port", str(self.ports.functions))
        functions = (*functions, "--data", str(self.folder.functions_data))
        cosmos_key = {"LOCAL_COSMOS_KEY": self.addresses.cosmos_key}
        model_key = {"LOCAL_MODEL_KEY": self.addresses.model_key}
        return (
            ServerCommand("cosmos", "local.cosmos", cosmos, variables=cosmos_key),
            ServerCommand("model", "local.model", model, variables=model_key),
            ServerCommand("functions", "local.functions", functions, stop_within=4.0),
        )

    async def _start_child(self, command: ServerCommand) -> Child:
        child = await Child.start(command, self.environment, self.folder.logs)
        self._children.append(child)
        self._watchers.append(asyncio.create_task(self._watch(child)))
        self.folder.note_servers([child.pid for child in self._children])
        return child

    async def _watch(self, child: Child) -> None:
        await child.ended()
        if not self._first_end.done():
            self._first_end.set_result(child)

    async def stop(self) -> None:
        """Stop everything: Functions first, which may be writing, and what it writes to last."""
        await _cancel(*self._watchers)
        for child in reversed(self._children):
            await child.stop()
        if self._identity:
            await self._identity.stop()


@asynccontextmanager
async def running_stack(
    folder: DataFolder, options: StackOptions, stop: asyncio.Event
) -> AsyncGenerator[Stack]:
    """A stack that is ready, and stopped at the end of the block.

    Raises StackError when a server does not start or a setting is wrong, StopRequested when the
    stop event is set meanwhile.
    """
    stack = Stack(folder, options, stop)
    try:
        await stack.guard(stack.start())
        yield stack
    finally:
        await stack.stop()


async def _answers(session: aiohttp.ClientSession, url: str, trust: Trust | None = None) -> bool:
    """Whether a server answers there, whatever it says (Cosmos DB wants a signature first)."""
    try:
        # Read each time: a server that starts may be about to replace its authority.
        async with session.get(url, ssl=trust.client_context() if trust else True):
            return True
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def _says_running(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            status: Any = await response.json() if response.ok else {}
            return status.get("state") == "Running"
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


async def _cancel(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
