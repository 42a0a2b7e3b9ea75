"""How every process of local/ runs and ends: its event loop, its signals, its parent.

A supervisor starts the servers with a pipe as their standard input and never writes to it. The
pipe closes when the supervisor ends, however it ends, so a child that sees the end of its standard
input knows that it is alone - also after a kill -9, which no signal handler survives.
"""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Coroutine


async def wait_for_stop(*, exit_with_parent: bool) -> None:
    """Return at the first SIGINT or SIGTERM, or when the parent has gone.

    With exit_with_parent the end of standard input counts as the parent's end; without it a closed
    standard input means nothing (a shell's `&`, a service manager).
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)

    def watch_parent() -> None:
        # Not sys.stdin: a thread that waits in its buffer makes the interpreter abort at its end.
        while os.read(0, 4096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop may have closed while we were blocked
            loop.call_soon_threadsafe(stopped.set)

    if exit_with_parent:
        threading.Thread(target=watch_parent, name="parent-watch", daemon=True).start()
    await stopped.wait()


def run_server(main: Coroutine[object, object, int]) -> int:
    """Run a server's main coroutine on uvloop where there is one; its result is the exit status."""
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
