"""`python -m local.functions --app DIR --port 7071`: run a function app until told to stop."""

import os
import sys

from local.functions.command_line import parse_command_line
from local.functions.logs.setup import set_up_logging

_STDERR = 2


def main() -> int:
    """Run the host, or with --watch a supervisor that runs it; returns the exit status."""
    _open_standard_streams()
    options = parse_command_line()
    set_up_logging(options.log_format)
    # Imported here because a supervisor needs nothing of the host, which is slow to import.
    if options.watch:
        from local.functions.watch.supervisor import run_supervisor

        return run_supervisor(options, sys.argv[1:])
    from local.functions.host_process import run_host

    return run_host(options)


def _open_standard_streams() -> None:
    # Where one was closed (`<&-`) the next file would take its number; uvloop aborts over that.
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(descriptor)


if __name__ == "__main__":
    from local.functions.exit_status import leave

    leave(main())
