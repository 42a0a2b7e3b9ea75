"""The host as a process: it takes its data folder and its port, and runs until told to stop."""

import asyncio
import contextlib
import logging
import sys

from local.directory_lock import DirectoryInUseError, DirectoryLock
from local.functions.command_line import LaunchOptions
from local.functions.durable.storage.database import UnusableStateError
from local.functions.exit_status import (
    APP_IN_ERROR,
    DATA_IN_USE,
    DATA_UNUSABLE,
    STOPPED,
    CannotStartError,
    leave_after,
)
from local.functions.host import Host
from local.functions.port import open_port
from local.functions.settings import BadSettingsError
from local.functions.worker.functions import FunctionInError
from local.functions.worker.runtime import IndexingError
from local.process import run_server, wait_for_stop

# Beyond the drains of triggers and of orchestrations, one after the other: an activity that blocks
# its thread must not keep the process alive.
_EXIT_SECONDS = 1.0

logger = logging.getLogger("Host")


def run_host(options: LaunchOptions) -> int:
    """Run the host; returns the exit status."""
    with contextlib.ExitStack() as held:
        try:
            if options.data:
                held.callback(DirectoryLock(options.data).close)
        except DirectoryInUseError as error:
            logger.critical("%s", error)
            return DATA_IN_USE
        except OSError as error:
            logger.critical(
                "--data %s cannot be used (%s): choose another folder.", options.data, error
            )
            return DATA_UNUSABLE
        return run_server(_run(options))


async def _run(options: LaunchOptions) -> int:
    try:
        local_settings, listening = open_port(options)
    except CannotStartError as error:
        logger.critical("%s", error)
        return error.status
    # Before the app is imported, so that a stop in the middle of that is an orderly one too.
    told_to_stop = asyncio.create_task(wait_for_stop(exit_with_parent=options.exit_with_parent))
    await asyncio.sleep(0)
    host = Host(options, local_settings, listening)
    try:
        await host.start()
    except IndexingError as error:
        _report_indexing(f"Worker failed to index functions\nResult: Failure\n{error}", options)
        return APP_IN_ERROR
    except (BadSettingsError, FunctionInError) as error:
        logger.critical("%s", error)
        return APP_IN_ERROR
    except UnusableStateError as error:
        logger.critical("%s", error)
        return DATA_UNUSABLE
    await told_to_stop
    logger.info("Stopping.")
    leave_after(2 * options.drain_seconds + _EXIT_SECONDS)
    await host.stop()
    return STOPPED


def _report_indexing(text: str, options: LaunchOptions) -> None:
    if options.log_format == "json":
        logger.critical("%s", text)
    else:
        # As it is: a stack is read line by line.
        sys.stderr.write(f"{text}\n")
