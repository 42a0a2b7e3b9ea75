"""One line for each invocation that ended, where host.json asks for them (Host.Results)."""

import logging
import time
from typing import Self

from local.functions.logs.levels import RESULTS_CATEGORY
from local.functions.worker.invocations import Invocation

logger = logging.getLogger(RESULTS_CATEGORY)


class ResultReport:
    """Logs the end of an invocation, in the real host's words.

    One that nobody asked to hear of costs next to nothing.
    """

    __slots__ = ("_began", "_invocation", "_is_wanted", "has_succeeded")

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self.has_succeeded = False

    def __enter__(self) -> Self:
        self._is_wanted = logger.isEnabledFor(logging.ERROR)
        self._began = time.monotonic() if self._is_wanted else 0.0
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_wanted:
            logger.log(
                logging.INFO if self.has_succeeded else logging.ERROR,
                "Executed 'Functions.%s' (%s, Id=%s, Duration=%dms)",
                self._invocation.function,
                "Succeeded" if self.has_succeeded else "Failed",
                self._invocation.id,
                (time.monotonic() - self._began) * 1000,
            )
