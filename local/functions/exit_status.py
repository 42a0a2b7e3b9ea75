"""How the host's process ends, and what its exit status means."""

import contextlib
import os
import sys
import threading
from typing import NoReturn

STOPPED = 0
DATA_IN_USE = 3
PORT_IN_USE = 4
APP_IN_ERROR = 5
DATA_UNUSABLE = 6


class CannotStartError(Exception):
    """The host cannot begin; the message says why, the status is the process's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def leave(status: int) -> NoReturn:
    """End the process without waiting for its threads, as Azure ends a worker."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def leave_after(seconds: float) -> None:
    """End the process even if a thread of the app never returns."""
    timer = threading.Timer(seconds, leave, (STOPPED,))
    timer.daemon = True
    timer.start()
