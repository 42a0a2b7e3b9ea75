"""The options of `python -m local.functions`."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from local.functions.logs.setup import LogFormat

_HELP = """Run a function app until told to stop.

Exit status: 0 stopped, 3 another process has the data folder, 4 the port is in use, 5 the app
cannot be run, 6 the data folder cannot be used (the reason is on standard error).
"""

DRAIN_SECONDS = 0.5
WATCHED_DRAIN_SECONDS = 5.0
_LONGEST_DRAIN_SECONDS = 3600.0


@dataclass(frozen=True)
class LaunchOptions:
    """What the host was told when it was started; the folders are absolute paths.

    `port` None leaves it to local.settings.json. `keys` is the file of function keys, None when
    nobody is asked for one. `data` is the folder of what outlives a restart, None when nothing
    does. Without `local_settings` the app's local.settings.json is not read. `inherited_socket` is
    the descriptor of a port that the parent already listens on.
    """

    app: Path
    port: int | None = None
    host: str = "127.0.0.1"
    data: Path | None = None
    keys: Path | None = None
    log_format: LogFormat = "text"
    watch: bool = False
    drain_seconds: float = DRAIN_SECONDS
    exit_with_parent: bool = False
    local_settings: bool = True
    inherited_socket: int | None = None


def parse_command_line(words: Sequence[str] | None = None) -> LaunchOptions:
    """Read the command line; an impossible one ends the process with status 2 and its reason."""
    parser = _build_parser()
    given = parser.parse_args(words)
    data = _resolve(given.data)
    keys = _resolve(given.keys) or (data and data / "keys.json")
    if given.enable_auth and keys is None:
        parser.error("--enable-auth needs a place for the keys: --keys FILE or --data DIR")
    if given.keys and not given.enable_auth:
        parser.error("--keys is of no use without --enable-auth")
    if given.watch and sys.platform == "win32":
        parser.error("--watch hands an open port to the next process, which Windows cannot")
    default_drain = WATCHED_DRAIN_SECONDS if given.watch else DRAIN_SECONDS
    return LaunchOptions(
        app=cast("Path", given.app).resolve(),
        port=given.port,
        host=given.host,
        data=data,
        keys=keys if given.enable_auth else None,
        log_format=given.log_format,
        watch=given.watch,
        drain_seconds=default_drain if given.drain_seconds is None else given.drain_seconds,
        exit_with_parent=given.exit_with_parent,
        local_settings=not given.no_local_settings,
        inherited_socket=given.inherited_socket,
    )


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.functions",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--app", type=Path, required=True, help="folder of the function app")
    add("--data", type=Path, help="folder of what outlives a restart (without it nothing does)")
    add(
        "--port",
        type=_parse_port,
        help="HTTP port; 0 takes a free one (default: LocalHttpPort of local.settings.json, or "
        "7071)",
    )
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--enable-auth", action="store_true", help="ask for function keys, as Azure does")
    add("--keys", type=Path, metavar="FILE", help="the keys (default: keys.json in --data)")
    add("--watch", action="store_true", help="start again when a source file changes")
    add("--log-format", choices=("text", "json"), default="text", help="form of a log line")
    add(
        "--drain-seconds",
        type=_parse_seconds,
        metavar="S",
        help=f"how long running functions may take at the end ({DRAIN_SECONDS}; "
        f"{WATCHED_DRAIN_SECONDS} with --watch)",
    )
    add("--no-local-settings", action="store_true", help="leave local.settings.json unread")
    add("--exit-with-parent", action="store_true", help="end when standard input is closed")
    add("--inherited-socket", type=int, help=argparse.SUPPRESS)
    return parser


def _parse_port(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**16:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to 65535)")
    return int(text)


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_DRAIN_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text} is not a number of seconds (0 to {_LONGEST_DRAIN_SECONDS:.0f})"
        )
    return seconds


def _resolve(path: Path | None) -> Path | None:
    return path.resolve() if path else None
