"""local.functions with a feed that is read at once, and a clock that can be put forward.

    python -m bench.app.host OPTIONS, with the clock's lead in seconds in the file BENCH_CLOCK_FILE

A measurement writes a turn, waits until it is processed, and writes the next. With the app's own
poll delay almost all of its time would be spent between two looks at an empty feed, and with the
real time all of an idle flush's in silence. Nothing else is changed.
"""

import dataclasses
import os
from pathlib import Path

from local.functions.command_line import parse_command_line
from local.functions.exit_status import leave
from local.functions.host_process import run_host
from local.functions.logs.setup import set_up_logging
from local.functions.triggers.change_feed import trigger
from local.functions.triggers.change_feed.options import ChangeFeedOptions
from local.functions.worker.functions import Function
from shared.wiring.clock import SystemClock

_POLL_SECONDS = 0.01


def _read_feed_at_once() -> None:
    parse = trigger.parse_options

    def parse_eager(function: Function) -> ChangeFeedOptions:
        return dataclasses.replace(parse(function), poll_delay=_POLL_SECONDS)

    trigger.parse_options = parse_eager


def _put_clock_forward() -> None:
    """Let the app's clock lead the store's by as much as the file says."""
    lead = Path(os.environ["BENCH_CLOCK_FILE"])
    now = SystemClock.now
    SystemClock.now = lambda self: now(self) + float(lead.read_text())


def main() -> int:
    _read_feed_at_once()
    _put_clock_forward()
    options = parse_command_line()
    set_up_logging()
    return run_host(options)


if __name__ == "__main__":
    leave(main())
