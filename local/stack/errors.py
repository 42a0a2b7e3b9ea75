"""The ways a command of the stack ends early, each with the exit status that the shell sees."""

USAGE = 2
FOLDER_HELD = 3
PORT_IN_USE = 4
INTERRUPTED = 130


class StackError(Exception):
    """The command cannot go on; the message says what, which one and what to do next."""

    def __init__(self, message: str, exit_status: int = 1) -> None:
        super().__init__(message)
        self.exit_status = exit_status


class StopRequested(Exception):  # noqa: N818  # not a fault: somebody asked the stack to stop
    """SIGINT, SIGTERM or SIGHUP arrived while something was still going on."""
