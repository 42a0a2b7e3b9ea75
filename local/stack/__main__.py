"""Command line behind `./dev demo`, `./dev up` and the commands that talk to what it runs."""

import argparse
import sys
from pathlib import Path

from local.process import run_server
from local.stack.errors import INTERRUPTED, StackError
from local.stack.ports import DEFAULT_PORTS, ports_from_base
from local.stack.signals import stop_on_signals

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_DATA = ROOT / ".local"
SAMPLE = ROOT / "samples" / "trip-to-lisbon.turns.jsonl"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", help="run the stack until Ctrl-C or SIGTERM")
    up.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR")
    up.add_argument("--port-base", type=int, metavar="N", help="ports N, N+1 and N+2")
    up.add_argument("--tls", action="store_true", help="Cosmos DB over https")
    up.add_argument("--keyless", action="store_true", help="Entra ID tokens, no keys; over https")
    up.add_argument("--json", action="store_true", help="one line of JSON when ready")

    demo = commands.add_parser("demo", help="show turns becoming memories, then clean up")
    demo.add_argument("--turns", type=Path, default=SAMPLE, metavar="FILE", help="JSON lines")
    demo.add_argument("--tls", action="store_true", help="Cosmos DB over https")
    demo.add_argument("--json", action="store_true", help="one line of figures as JSON")

    status = commands.add_parser("status", help="what the running stack has processed")
    status.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR")
    status.add_argument("--json", action="store_true", help="the app's answer as JSON")

    letters = commands.add_parser("dead-letters", help="turns that could not be processed")
    letters.add_argument("action", choices=["list", "show", "retry", "drop"])
    letters.add_argument("ids", nargs="*", metavar="ID")
    letters.add_argument("--user", metavar="U", help="those of one user")
    letters.add_argument("--all", action="store_true", help="all of them")
    letters.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR")
    letters.add_argument("--json", action="store_true", help="the app's answer as JSON")
    return parser


async def _run(options: argparse.Namespace) -> int:
    stop = stop_on_signals()
    # Imported here: each command pays only for what it uses, and bad usage for nothing.
    if options.command == "up":
        from local.stack.up import UpOptions, run_up

        ports = DEFAULT_PORTS if options.port_base is None else ports_from_base(options.port_base)
        data = options.data.absolute()
        return await run_up(
            UpOptions(data, ports, options.json, options.tls, options.keyless), stop
        )
    if options.command == "demo":
        from local.stack.demo.run import DemoOptions, run_demo

        return await run_demo(DemoOptions(options.turns, options.json, options.tls), stop)
    if options.command == "dead-letters":
        from local.stack.dead_letters import DeadLetterOptions, run_dead_letters

        chosen = (options.action, options.ids, options.user, options.all, options.json)
        return await run_dead_letters(DeadLetterOptions(options.data.absolute(), *chosen))
    from local.stack.status import run_status

    return await run_status(options.data.absolute(), as_json=options.json)


def main() -> int:
    """Run the command; its exit status."""
    options = _parser().parse_args()
    try:
        return run_server(_run(options))
    except StackError as error:
        print(f"dev: {error}", file=sys.stderr)  # noqa: T201  # the command's one error line
        return error.exit_status
    except KeyboardInterrupt:  # before the command had begun to listen to signals
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
