"""`./dev backfill`: have the stack on a data folder process turns that are there already."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from local.stack.env_file import functions_url
from local.stack.errors import USAGE, StackError
from local.stack.stack_requests import StackRequests, stack_requests

_POLL_SECONDS = 0.5
_ENDED = ("done", "cancelled")


@dataclass(frozen=True)
class BackfillOptions:
    """Which turns: of a user or of all, since a moment; anew too, or only those never seen."""

    data: Path
    user_id: str | None
    since: str | None
    reprocess: bool
    cancel: bool
    as_json: bool

    def wanted(self) -> dict[str, Any]:
        """The body that the app's route takes; StackError for options that make no sense."""
        if self.cancel and (self.user_id is not None or self.since or self.reprocess):
            raise StackError("--cancel stops every backfill and takes no other choice", USAGE)
        if self.user_id == "":
            raise StackError("--user takes the id of a user", USAGE)
        wanted: dict[str, Any] = {"reprocess": self.reprocess}
        if self.user_id is not None:
            wanted["user_id"] = self.user_id
        if self.since:
            wanted["since"] = _read_moment(self.since)
        return wanted


def _read_moment(text: str) -> str:
    """ISO 8601 with an offset; a moment without one counts as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"--since takes a moment such as 2026-07-01T12:00:00+02:00, not {text!r}"
        raise StackError(message, USAGE) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


async def run_backfill(options: BackfillOptions) -> int:
    """Begin or join a backfill and follow it to its end, or cancel all; the exit status.

    Raises StackError when no stack runs on the folder, or it refuses.
    """
    wanted = options.wanted()
    url = functions_url(options.data) + "/backfill"
    console = Console(highlight=False, stderr=options.as_json)
    async with stack_requests(options.data) as requests:
        if options.cancel:
            answer = await requests.ask("POST", f"{url}/cancel", json={})
            _print_result(console, answer, f"cancelled {answer['cancelled']}", options)
            return 0
        backfill = await requests.ask("POST", url, json=wanted)
        if backfill["joined"]:
            console.print("A backfill of the same request is under way: following it.")
        backfill = await _follow(requests, url, backfill, console)
    _print_result(console, backfill, _describe(backfill), options)
    return 0 if backfill["stage"] == "done" else 1


async def _follow(
    requests: StackRequests, url: str, backfill: dict[str, Any], console: Console
) -> dict[str, Any]:
    with console.status(_describe(backfill)) as status:
        while backfill["stage"] not in _ENDED:
            await asyncio.sleep(_POLL_SECONDS)
            answer = await requests.ask("GET", url, params={"id": backfill["id"]})
            if not answer["backfills"]:
                raise StackError(f"the app has forgotten {backfill['id']}: ask for it again")
            backfill = answer["backfills"][0]
            status.update(_describe(backfill))
    return backfill


def _describe(backfill: dict[str, Any]) -> str:
    counts = f"{backfill['turns']} turns, {backfill['threads']} threads started"
    passed = backfill["threads_not_counted"]
    left = f", {passed} left to the sweeper as they cannot be counted" if passed else ""
    return f"{backfill['stage']}: {counts}, {backfill['threads_at_work']} at work{left}"


def _print_result(
    console: Console, answer: dict[str, Any], text: str, options: BackfillOptions
) -> None:
    if options.as_json:
        print(json.dumps(answer))  # noqa: T201  # the result of the command
    else:
        console.print(text)
