"""`python -m local.functions --app DIR --port 7071`: run a function app until told to stop.

Exit status: 0 stopped, 3 another process has the data folder, 4 the port is in use, 5 the app
cannot be run, 6 the data folder cannot be used (the reason is on standard error).
"""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
import threading
from pathlib import Path

from local.directory_lock import DirectoryInUseError, DirectoryLock
from local.functions.console import set_up_logging
from local.functions.durable.storage.database import UnusableStateError
from local.functions.host import Host
from local.functions.listener import PortInUseError, bind
from local.functions.settings import BadSettingsError
from local.functions.worker.functions import FunctionInError
from local.functions.worker.runtime import IndexingError
from local.process import run_server, wait_for_stop

DATA_IN_USE = 3
PORT_IN_USE = 4
APP_IN_ERROR = 5
DATA_UNUSABLE = 6

# An activity that blocks its thread must not keep the process alive.
_EXIT_SECONDS = 2.0

logger = logging.getLogger("Host")


def main() -> int:
    """Parse the command line and run the host; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.functions", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="folder of the function app")
    parser.add_argument(
        "--data", type=Path, help="folder of what outlives a restart (else nothing)"
    )
    parser.add_argument("--port", type=int, default=7071, help="HTTP port; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when standard input is closed"
    )
    arguments = parser.parse_args()
    set_up_logging()
    data: Path | None = arguments.data and arguments.data.resolve()
    with contextlib.ExitStack() as held:
        try:
            if data:
                held.callback(DirectoryLock(data).close)
        except DirectoryInUseError as error:
            logger.critical("%s", error)
            return DATA_IN_USE
        except OSError as error:
            logger.critical("--data %s cannot be used (%s): choose another folder.", data, error)
            return DATA_UNUSABLE
        return run_server(_run(arguments, data))


async def _run(arguments: argparse.Namespace, data: Path | None) -> int:
    try:
        listening = bind(arguments.host, arguments.port)
    except PortInUseError as error:
        logger.critical("%s", error)
        return PORT_IN_USE
    # Before the app is imported, so that a stop in the middle of that is an orderly one too.
    told_to_stop = asyncio.create_task(wait_for_stop(exit_with_parent=arguments.exit_with_parent))
    await asyncio.sleep(0)
    host = Host(arguments.app.resolve(), listening, data)
    try:
        await host.start()
    except IndexingError as error:
        sys.stderr.write(f"Worker failed to index functions\nResult: Failure\n{error}\n")
        return APP_IN_ERROR
    except (BadSettingsError, FunctionInError) as error:
        logger.critical("%s", error)
        return APP_IN_ERROR
    except UnusableStateError as error:
        logger.critical("%s", error)
        return DATA_UNUSABLE
    await told_to_stop
    logger.info("Stopping.")
    _exit_after(_EXIT_SECONDS)
    await host.stop()
    return 0


def _exit_after(seconds: float) -> None:
    """End the process even if a thread of the app never returns."""
    timer = threading.Timer(seconds, _leave, (0,))
    timer.daemon = True
    timer.start()


def _leave(status: int) -> None:
    """End the process without waiting for its threads, as Azure ends a worker."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _leave(main())
