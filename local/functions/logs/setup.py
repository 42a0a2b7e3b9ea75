"""Where the host and the app log to: standard error, one line for each record."""

import logging
import os
import sys
from collections.abc import Mapping
from typing import Literal

from local.functions.logs.formats import JsonFormatter, OneLineFormatter
from local.functions.logs.levels import RESULTS_CATEGORY, CategoryLevels
from local.functions.logs.records import InvocationFilter

type LogFormat = Literal["text", "json"]

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
    "watchfiles",
)


def set_up_logging(form: LogFormat = "text") -> None:
    """Log to standard error, from INFO on until host.json is read."""
    logging.addLevelName(logging.WARNING, "WARN")
    logging.addLevelName(logging.CRITICAL, "FATAL")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else OneLineFormatter())
    logging.getLogger().handlers[:] = [handler]
    apply_levels({})
    # What the app prints appears when it is printed, also when the output is a pipe.
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - a TextIOWrapper unless replaced


def apply_levels(names: Mapping[str, str]) -> None:
    """Obey the logLevel section of host.json.

    As with the real worker an app's DEBUG lines come only with PYTHON_ENABLE_DEBUG_LOGGING (or
    where the app sets the level of a logger itself). Libraries in `_QUIET` are shown from WARNING
    on unless host.json names them.

    Raises:
        BadSettingsError: a level has a name that the host does not know.
    """
    levels = CategoryLevels(names)
    root = logging.getLogger()
    for handler in root.handlers:
        handler.filters[:] = [InvocationFilter(levels)]
    wants_debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING", "").lower() in ("1", "true")
    root.setLevel(logging.DEBUG if wants_debug else logging.INFO)
    logging.getLogger("Host").setLevel(levels.lowest)
    logging.getLogger(RESULTS_CATEGORY).setLevel(levels.find(RESULTS_CATEGORY))
    for name in _QUIET:
        level = levels.find(name) if levels.names(name) else logging.WARNING
        logging.getLogger(name).setLevel(level)
