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
_NOT_FIELDS = ("command", "action", "data", "json")
SAMPLE = ROOT / "samples" / "trip-to-lisbon.turns.jsonl"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", help="run the stack until Ctrl-C or SIGTERM")
    up.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR")
    up.add_argument("--port-base", type=int, metavar="N", help="ports N, N+1 and N+2")
    up.add_argument("--tls", action="store_true", help="Cosmos DB over https")
    up.add_argument("--keyless", action="store_true", help="Entra ID tokens, no keys; over https")
    up.add_argument(
        "--model",
        metavar="URL",
        help="an OpenAI-compatible server of yours; its key is in AI_FOUNDRY_API_KEY",
    )
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
    letters.add_argument("ids", nargs="*", default=[], metavar="ID")
    letters.add_argument("--user", metavar="U", help="those of one user")
    letters.add_argument("--all", action="store_true", help="all of them")
    letters.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR")
    letters.add_argument("--json", action="store_true", help="the app's answer as JSON")
    backfill = commands.add_parser("backfill", help="process turns that are there already")
    backfill.add_argument("--user", metavar="U", help="those of one user")
    backfill.add_argument("--since", metavar="T", help="those written since a moment, ISO 8601")
    backfill.add_argument("--reprocess", action="store_true", help="also those that are processed")
    backfill.add_argument("--cancel", action="store_true", help="stop every backfill")
    backfill.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR")
    backfill.add_argument("--json", action="store_true", help="the app's answer as JSON")
    _add_rehearse(commands.add_parser("rehearse", help="order trouble for the running stack"))
    return parser


def _add_rehearse(rehearse: argparse.ArgumentParser) -> None:
    """The options that an order takes are the fields of the host's route of the same name."""
    actions = rehearse.add_subparsers(dest="action", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR")
    shared.add_argument("--json", action="store_true", help="what is then ordered as JSON")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=text, parents=[shared])

    redeliver = add("redeliver", "give the last batches of turns again, grouped by chance")
    redeliver.add_argument("--batches", type=int, default=1, metavar="N")
    redeliver.add_argument("--seed", type=int, default=0, metavar="N")
    drop = add("drop", "record the next batches as done without a call")
    drop.add_argument("--batches", type=int, default=1, metavar="N")
    crash = add("crash", "end the Functions host at a point, as kill -9 would")
    crash.add_argument("--point", required=True, help="such as 'after activity'; see show")
    crash.add_argument("--skip", type=int, default=0, metavar="N", help="passes before that")
    delay = add("delay", "let everything wait at a point")
    delay.add_argument("--point", required=True, help="such as 'before activity'; see show")
    delay.add_argument("--milliseconds", type=float, required=True, metavar="N", help="0 ends it")
    split = add("split", "split a physical partition")
    split.add_argument("--container", default="memories_turns")
    add("second-host", "run another Functions host beside the stack's until Ctrl-C")
    add("show", "what is ordered, and the points there are")
    add("clear", "forget every order")


async def _run(options: argparse.Namespace) -> int:
    stop = stop_on_signals()
    # Imported here: each command pays only for what it uses, and bad usage for nothing.
    if options.command == "up":
        from local.stack.up import UpOptions, run_up

        ports = DEFAULT_PORTS if options.port_base is None else ports_from_base(options.port_base)
        how = (options.json, options.tls, options.keyless, options.model)
        return await run_up(UpOptions(options.data.absolute(), ports, *how), stop)
    if options.command == "demo":
        from local.stack.demo.run import DemoOptions, run_demo

        return await run_demo(DemoOptions(options.turns, options.json, options.tls), stop)
    if options.command == "dead-letters":
        from local.stack.dead_letters import DeadLetterOptions, run_dead_letters

        chosen = (options.action, options.ids, options.user, options.all, options.json)
        return await run_dead_letters(DeadLetterOptions(options.data.absolute(), *chosen))
    if options.command == "backfill":
        from local.stack.backfill import BackfillOptions, run_backfill

        asked = (options.user, options.since, options.reprocess, options.cancel, options.json)
        return await run_backfill(BackfillOptions(options.data.absolute(), *asked))
    if options.command == "rehearse":
        from local.stack.rehearse import rehearse

        fields = {name: value for name, value in vars(options).items() if name not in _NOT_FIELDS}
        return await rehearse(options.data.absolute(), options.action, fields, as_json=options.json)
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
