"""Ports of which one call is the last that their process makes."""

from typing import Any

from shared.domain.errors import StoreUnavailableError

_WRITES = (
    "drop",
    "drop_note",
    "mark_vanished",
    "note",
    "remove",
    "replace",
    "request_refresh",
    "save_note",
    "supersede",
)


class Crash:
    """After so many writes everything fails: the process is gone; `happened` says so."""

    def __init__(self, writes: int) -> None:
        self.left = writes
        self.happened = False

    def wrap(self, port: Any) -> Any:
        return _CrashingPort(port, self)


class _CrashingPort:
    def __init__(self, port: Any, crash: Crash) -> None:
        self._port = port
        self._crash = crash

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        async def call(*args: Any, **fields: Any) -> Any:
            if self._crash.left <= 0:
                self._crash.happened = True
                raise StoreUnavailableError("the process is gone", 0)
            result = await method(*args, **fields)
            self._crash.left -= name in _WRITES
            return result

        return call
