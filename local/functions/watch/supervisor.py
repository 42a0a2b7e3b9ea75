"""Runs the host in a process of its own and starts it again when a source file changes.

The worker keeps what it indexed in module globals, so an app can only be loaded anew by a new
process. The port stays open meanwhile: requests wait for the next host. An app that cannot be run
is answered for with 503 until it is changed again.
"""

import asyncio
import contextlib
import logging
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from local.functions.command_line import LaunchOptions
from local.functions.exit_status import DATA_IN_USE, DATA_UNUSABLE, STOPPED, CannotStartError
from local.functions.port import open_port
from local.functions.watch.changes import SourceChanges
from local.process import run_server, wait_for_stop

logger = logging.getLogger("Host.Watch")

# Beyond the drain: for a process that neither ends by itself nor when told to.
_KILL_SECONDS = 5.0

_FINAL = frozenset({STOPPED, DATA_IN_USE, DATA_UNUSABLE})


def run_supervisor(options: LaunchOptions, words: Sequence[str]) -> int:
    """Run the host until told to stop; `words` is the command line. Returns the exit status."""
    return run_server(_supervise(options, words))


async def _supervise(options: LaunchOptions, words: Sequence[str]) -> int:
    try:
        _, listening = open_port(options)
    except CannotStartError as error:
        logger.critical("%s", error)
        return error.status
    stop = asyncio.create_task(wait_for_stop(exit_with_parent=options.exit_with_parent))
    changes = SourceChanges(options.app, options.data)
    following = asyncio.create_task(changes.follow())
    try:
        return await _Supervisor(options, words, listening, changes, stop).run()
    finally:
        following.cancel()
        stop.cancel()


class _Supervisor:
    def __init__(
        self,
        options: LaunchOptions,
        words: Sequence[str],
        listening: socket.socket,
        changes: SourceChanges,
        stop: asyncio.Task[None],
    ) -> None:
        self._options = options
        self._listening = listening
        self._changes = changes
        self._stop = stop
        self._command = [
            sys.executable,
            *(["-P"] if sys.flags.safe_path else []),
            *("-m", "local.functions"),
            *(word for word in words if word != "--watch"),
            *("--drain-seconds", str(options.drain_seconds)),
            *("--inherited-socket", str(listening.fileno()), "--exit-with-parent"),
        ]

    async def run(self) -> int:
        while True:
            host = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, pass_fds=(self._listening.fileno(),)
            )
            changed = asyncio.create_task(self._changes.wait())
            ended = asyncio.create_task(host.wait())
            await asyncio.wait({changed, ended, self._stop}, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.done():
                await self._end(host)
                return STOPPED
            if not changed.done():
                status = ended.result()
                if status in _FINAL:
                    return status
                logger.error(
                    "The host ended (%s). It starts again when a source file changes.",
                    f"signal {-status}" if status < 0 else f"status {status}",
                )
                async with self._answer_unavailable():
                    await asyncio.wait({changed, self._stop}, return_when=asyncio.FIRST_COMPLETED)
                if self._stop.done():
                    return STOPPED
            logger.info("Changed: %s. Starting again.", ", ".join(changed.result()))
            await self._end(host)

    async def _end(self, host: Process) -> None:
        """Let a host finish what it runs, within its drain."""
        if host.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            host.terminate()
        try:
            async with asyncio.timeout(self._options.drain_seconds * 3 + _KILL_SECONDS):
                await host.wait()
        except TimeoutError:
            logger.warning("The host does not end and is killed.")
            with contextlib.suppress(ProcessLookupError):
                host.kill()
            await host.wait()

    @asynccontextmanager
    async def _answer_unavailable(self) -> AsyncGenerator[None]:
        """Answer every request with 503 while there is no host."""

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(
                status=503,
                text="The function app cannot be run. The reason is in the host's output; the app "
                "is tried again when a source file changes.",
            )

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.SockSite(runner, self._listening.dup()).start()
        try:
            yield
        finally:
            await runner.cleanup()
