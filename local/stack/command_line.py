"""What can be typed after `./dev` for the commands of a stack."""

import argparse
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_DATA = ROOT / ".local"
SAMPLE = ROOT / "samples" / "trip-to-lisbon.turns.jsonl"


def parse_command_line(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command and its options; wrong ones end the process with the command's own usage."""
    options, unknown = _build_parser().parse_known_args(words)
    chosen: argparse.ArgumentParser = vars(options).pop("parser")
    if unknown:
        chosen.error(f"unrecognized arguments: {' '.join(unknown)}")
    return options


class _Commands:
    """Adds sub-commands; each tells the parsed options which parser they are of."""

    def __init__(self, parser: argparse.ArgumentParser, name: str) -> None:
        self._actions = parser.add_subparsers(dest=name, required=True)

    def add(
        self, name: str, text: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        parser = self._actions.add_parser(name, help=text, parents=parents, allow_abbrev=False)
        parser.set_defaults(parser=parser)
        return parser


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev", allow_abbrev=False)
    commands = _Commands(parser, "command")
    folder = argparse.ArgumentParser(add_help=False)
    folder.add_argument(
        "--data",
        type=Path,
        default=DEFAULT_DATA,
        metavar="DIR",
        help="folder of the stack's data, keys and logs (.local in the project's)",
    )
    _add_up(commands.add("up", "run the stack until Ctrl-C or SIGTERM", folder))
    _add_demo(commands.add("demo", "show turns becoming memories, then clean up"))
    status = commands.add("status", "what the running stack has processed", folder)
    status.add_argument("--json", action="store_true", help="the app's answer as JSON")
    _add_letters(commands.add("dead-letters", "turns that could not be processed", folder))
    _add_backfill(commands.add("backfill", "process turns that are there already", folder))
    _add_rehearse(commands.add("rehearse", "order trouble for the running stack"), folder)
    return parser


def _add_up(up: argparse.ArgumentParser) -> None:
    up.add_argument("--port-base", type=int, metavar="N", help="ports N, N+1 and N+2")
    up.add_argument("--tls", action="store_true", help="Cosmos DB over https")
    up.add_argument("--keyless", action="store_true", help="Entra ID tokens, no keys; over https")
    up.add_argument(
        "--model",
        metavar="URL",
        help="an OpenAI-compatible server of yours; its key is in AI_FOUNDRY_API_KEY",
    )
    up.add_argument("--json", action="store_true", help="one line of JSON when ready")


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--turns", type=Path, default=SAMPLE, metavar="FILE", help="JSON lines")
    demo.add_argument("--tls", action="store_true", help="Cosmos DB over https")
    demo.add_argument("--json", action="store_true", help="one line of figures as JSON")


def _add_letters(letters: argparse.ArgumentParser) -> None:
    letters.add_argument("action", choices=["list", "show", "retry", "drop"])
    # Not given counts as required without a default.
    letters.add_argument("ids", nargs="*", default=[], metavar="ID", help="as list shows them")
    letters.add_argument("--user", metavar="U", help="those of one user")
    letters.add_argument("--all", action="store_true", help="all of them")
    letters.add_argument("--json", action="store_true", help="the app's answer as JSON")


def _add_backfill(backfill: argparse.ArgumentParser) -> None:
    backfill.add_argument("--user", metavar="U", help="those of one user")
    backfill.add_argument("--since", metavar="T", help="those written since a moment, ISO 8601")
    backfill.add_argument("--reprocess", action="store_true", help="also those that are processed")
    backfill.add_argument("--cancel", action="store_true", help="stop every backfill")
    backfill.add_argument("--json", action="store_true", help="the app's answer as JSON")


def _add_rehearse(rehearse: argparse.ArgumentParser, folder: argparse.ArgumentParser) -> None:
    """The options that an order takes are the fields of the host's route of the same name."""
    actions = _Commands(rehearse, "action")
    shared = argparse.ArgumentParser(add_help=False, parents=[folder])
    shared.add_argument("--json", action="store_true", help="what is then ordered as JSON")

    redeliver = actions.add("redeliver", "give the last batches of turns again", shared)
    _add_number(redeliver, "--batches", 1, "how many of them")
    _add_number(redeliver, "--seed", 0, "another seed groups their turns otherwise")
    drop = actions.add("drop", "record the next batches as done without a call", shared)
    _add_number(drop, "--batches", 1, "how many of them")
    crash = actions.add("crash", "end the Functions host at a point, as kill -9 would", shared)
    crash.add_argument("--point", required=True, help="such as 'after activity'; see show")
    _add_number(crash, "--skip", 0, "passes before that")
    delay = actions.add("delay", "let everything wait at a point", shared)
    delay.add_argument("--point", required=True, help="such as 'before activity'; see show")
    delay.add_argument("--milliseconds", type=float, required=True, metavar="N", help="0 ends it")
    split = actions.add("split", "split a physical partition", shared)
    split.add_argument("--container", default="memories_turns", help="of it (%(default)s)")
    actions.add("second-host", "run another Functions host beside the stack's", folder)
    actions.add("show", "what is ordered, and the points there are", shared)
    actions.add("clear", "forget every order", shared)


def _add_number(parser: argparse.ArgumentParser, name: str, default: int, text: str) -> None:
    parser.add_argument(name, type=int, default=default, metavar="N", help=f"{text} (%(default)s)")
