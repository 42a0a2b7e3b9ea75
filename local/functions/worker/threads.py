"""The threads of sync functions, and how an orchestrator that needs none does without.

Microsoft's runtime hands every orchestrator turn to its executor. A turn is a replay: it computes
for a moment and waits for nothing, so that handing it to a thread and back costs as much as the
turn. An orchestrator whose turns were all quick takes them on the loop's thread from then on. One
that blocks (Azure forbids it, and bears it) shows that in its first turns and stays in a thread,
where it holds up nobody.
"""

import asyncio
from asyncio import events
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import cast, override

from azure_functions_runtime.utils import (  # pyright: ignore[reportMissingTypeStubs] - untyped library
    threadpool,
)

from local.functions.worker.invocations import find_pace


class FunctionThreads(ThreadPoolExecutor):
    """The runtime's executor, with a shorter way for quick orchestrators."""

    @override
    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call in a thread, or at once if it is a turn of a quick orchestrator.

        What ran at once is returned as a finished future of asyncio's. `run_in_executor` passes
        that on as it is, and who awaits it goes on without a pass of the loop.
        """
        pace = find_pace()
        if pace is None:
            return super().submit(fn, *args, **kwargs)
        if not pace.is_quick:
            return super().submit(pace.time, lambda: fn(*args, **kwargs))
        loop = asyncio.get_running_loop()
        finished: asyncio.Future[T] = loop.create_future()
        # As in a thread the code finds no running loop.
        events._set_running_loop(None)  # pyright: ignore[reportPrivateUsage] - for those who run loops
        try:
            finished.set_result(pace.time(lambda: fn(*args, **kwargs)))
        finally:
            events._set_running_loop(loop)  # pyright: ignore[reportPrivateUsage] - as above
        return cast("Future[T]", finished)


def start_threads() -> None:
    """Give the runtime its executor, with PYTHON_THREADPOOL_THREAD_COUNT threads."""
    threadpool.start_threadpool_executor()  # reads and checks the setting
    as_shipped = cast("ThreadPoolExecutor", threadpool.get_threadpool_executor())
    ours = FunctionThreads(as_shipped._max_workers)  # pyright: ignore[reportPrivateUsage] - it has no public name
    threadpool._threadpool_executor = ours  # pyright: ignore[reportPrivateUsage] - the runtime has no other way in
    as_shipped.shutdown(wait=False)
