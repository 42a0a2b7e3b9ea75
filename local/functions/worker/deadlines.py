"""One time limit for many calls, with one timer for all of them.

All calls have the same limit, so they reach it in the order of their begin, and a timer for the
oldest is enough: one for each call, as asyncio.timeout sets it, costs as much as a quick call.
"""

import asyncio


class Deadlines:
    """Cancels the tasks of calls that take longer than a number of seconds; None: none of them."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._open: dict[_Watch, None] = {}  # the oldest first
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> "_Watch":
        """Watch what the current task does in a `with` block.

        The block raises TimeoutError when it was cancelled for its time alone, by nobody else.
        """
        return _Watch(self)

    def open(self, watch: "_Watch", task: asyncio.Task[object], seconds: float) -> None:
        """Begin to count; called by the watch itself."""
        loop = task.get_loop()
        watch.deadline = loop.time() + seconds
        self._open[watch] = None
        if self._timer is None:
            self._timer = loop.call_at(watch.deadline, self._end_late)

    def close(self, watch: "_Watch") -> None:
        """Count no longer; called by the watch itself."""
        self._open.pop(watch, None)

    def _end_late(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        for watch in list(self._open):
            if watch.deadline > now:
                self._timer = loop.call_at(watch.deadline, self._end_late)
                return
            del self._open[watch]
            watch.cancel()


class _Watch:
    """One watched block."""

    __slots__ = ("_cancelled_before", "_deadlines", "_is_late", "_task", "deadline")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._task: asyncio.Task[object] | None = None
        self._is_late = False
        self.deadline = 0.0

    def __enter__(self) -> None:
        seconds = self._deadlines.seconds
        if seconds is None:
            return
        self._task = asyncio.current_task()
        if self._task is not None:
            self._cancelled_before = self._task.cancelling()
            self._deadlines.open(self, self._task, seconds)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if self._task is None:
            return
        self._deadlines.close(self)
        if self._is_late:
            still_cancelled = self._task.uncancel() > self._cancelled_before
            if kind is asyncio.CancelledError and not still_cancelled:
                raise TimeoutError

    def cancel(self) -> None:
        """End the block, because its time is over."""
        self._is_late = True
        if self._task is not None:
            self._task.cancel()
