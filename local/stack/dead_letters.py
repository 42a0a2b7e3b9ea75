"""`./dev dead-letters`: the turns that the stack on a data folder could not process."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from local.stack.env_file import functions_url
from local.stack.errors import USAGE, StackError
from local.stack.stack_requests import StackRequests, stack_requests


@dataclass(frozen=True)
class DeadLetterOptions:
    """What to do with which letters: by their ids, all of a user, or all."""

    data: Path
    action: str
    ids: list[str]
    user_id: str | None
    everything: bool
    as_json: bool

    def check(self) -> None:
        """Raise StackError for a choice that leaves open what is meant."""
        chosen = sum((bool(self.ids), self.user_id is not None, self.everything))
        if self.action in ("retry", "drop") and chosen != 1:
            raise StackError(
                f"say which: ./dev dead-letters {self.action} ID..., --user U or --all", USAGE
            )
        if self.action == "show" and len(self.ids) != 1:
            raise StackError("say which: ./dev dead-letters show ID", USAGE)
        if self.action == "list" and self.ids:
            raise StackError("list takes no ID: ./dev dead-letters show ID shows one", USAGE)

    def choice(self) -> dict[str, Any]:
        """The body that the app's routes take."""
        if self.ids:
            return {"ids": self.ids}
        return {"all": True} if self.user_id is None else {"user_id": self.user_id}


async def run_dead_letters(options: DeadLetterOptions) -> int:
    """List letters, show one, or have them retried or dropped; 0.

    Raises StackError when no stack runs on the folder, it refuses, or it has none of the ids.
    """
    options.check()
    base = functions_url(options.data) + "/dead-letters"
    async with stack_requests(options.data) as requests:
        if options.action in ("list", "show"):
            letters = await _read_letters(requests, base, options)
            _print_letters(letters, options)
            return 0
        answer = await requests.ask("POST", f"{base}/{options.action}", json=options.choice())
    if options.ids and not any(answer.values()):
        raise _not_found(options.ids)
    if options.as_json:
        print(json.dumps(answer))  # noqa: T201  # the result of the command
        return 0
    counts = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in answer.items())
    Console(highlight=False).print(counts)
    return 0


async def _read_letters(
    requests: StackRequests, url: str, options: DeadLetterOptions
) -> list[dict[str, Any]]:
    asked = {"limit": "500"}
    if options.user_id is not None:
        asked["user_id"] = options.user_id
    if options.ids:
        asked["id"] = options.ids[0]
    letters: list[dict[str, Any]] = []
    while True:
        page = await requests.ask("GET", url, params=asked)
        letters += page["dead_letters"]
        if page["after"] is None:
            break
        asked["after"] = page["after"]
    if options.action == "show" and not letters:
        raise _not_found(options.ids)
    return letters


def _not_found(ids: list[str]) -> StackError:
    return StackError(
        f"there is no dead letter {', '.join(ids)}: ./dev dead-letters list shows which there are"
    )


def _print_letters(letters: list[dict[str, Any]], options: DeadLetterOptions) -> None:
    if options.as_json:
        print(json.dumps(letters))  # noqa: T201  # the result of the command
        return
    console = Console(highlight=False)
    if options.action == "show":
        for name, value in letters[0].items():
            console.print(f"{name.replace('_', ' '):<12}{value}", markup=False, soft_wrap=True)
        return
    if not letters:
        console.print("No dead letters.")
        return
    for letter in letters:
        tries = f"{letter['attempts']} {'try' if letter['attempts'] == 1 else 'tries'}"
        last = letter["last_at"][:19].replace("T", " ")
        why = f"{letter['error_code']}: {letter['reason']}"
        place = f"user {letter['user_id']}, thread {letter['thread_id']}, turn {letter['turn_id']}"
        console.print(f"{letter['id']}  {why}, {tries}, {last}", markup=False, soft_wrap=True)
        console.print(f"    {place}", markup=False, soft_wrap=True)
