"""One line for each invocation that ended, where host.json asks for them (Host.Results)."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from local.functions.logs.levels import RESULTS_CATEGORY
from local.functions.worker.invocations import Invocation

logger = logging.getLogger(RESULTS_CATEGORY)


@dataclass
class Report:
    """What became of an invocation."""

    has_succeeded: bool = False


@contextmanager
def report_result(invocation: Invocation) -> Generator[Report]:
    """Log the end of an invocation, in the real host's words."""
    report = Report()
    began = time.monotonic()
    try:
        yield report
    finally:
        level = logging.INFO if report.has_succeeded else logging.ERROR
        logger.log(
            level,
            "Executed 'Functions.%s' (%s, Id=%s, Duration=%dms)",
            invocation.function,
            "Succeeded" if report.has_succeeded else "Failed",
            invocation.id,
            (time.monotonic() - began) * 1000,
        )
