"""What the host and the app write to standard error: one line each, level and category."""

import logging
import sys
import time
from typing import override

# Libraries that speak at INFO for every request or message; their warnings are shown.
_QUIET = (
    "aiohttp",
    "asyncio",
    "azure",
    "durabletask",
    "grpc",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "openai",
    "urllib3",
)


class OneLineFormatter(logging.Formatter):
    """`2025-01-31T12:00:00.123Z WARN  [Host.Timer] text`; line ends in the text become ` | `."""

    converter = time.gmtime

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)-5s [%(name)s] %(message)s", "%Y-%m-%dT%H:%M:%S"
        )

    @override
    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).rstrip().replace("\n", " | ")


def set_up_logging() -> None:
    """Show INFO and above of the host and the app, WARNING and above of the libraries."""
    logging.addLevelName(logging.WARNING, "WARN")
    logging.addLevelName(logging.CRITICAL, "FATAL")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What the app prints appears when it is printed, also when the output is a pipe.
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - a TextIOWrapper unless replaced
