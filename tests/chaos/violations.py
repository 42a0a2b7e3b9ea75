"""A promise that was broken, and how the documents of a store are told apart."""

from dataclasses import dataclass
from typing import Literal

from tests.chaos.workload import Document

type Breach = Literal["lost", "duplicated", "stuck"]
type TurnKey = tuple[str, str, str]


@dataclass(frozen=True)
class Violation:
    """A promise that was broken: how, and for what."""

    breach: Breach
    what: str

    def __str__(self) -> str:
        return f"{self.breach}: {self.what}"


def turn_key(document: Document) -> TurnKey:
    """The turn that a mark or a dead letter is about."""
    user = document.get("turn_user_id", document["user_id"])
    thread = document.get("turn_thread_id", document["thread_id"])
    return user, thread, document["turn_id"]


def thread_key(document: Document) -> tuple[str, str]:
    """The thread that a document is about."""
    return document["user_id"], document["thread_id"]


def thread_name(document: Document) -> str:
    """The thread in a few characters, for people."""
    return f"{document['user_id'][:12]}/{document['thread_id'][:12]}"
