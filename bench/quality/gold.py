"""Conversations with observations and questions that people have checked against the turns.

A folder holds NAME.turns.jsonl (a turn a line, `metadata.dia_id` its name within the conversation)
and NAME.gold.json: `threads.*.observations[]` {fact, evidence} and `qa[]` {question, evidence}.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.stack.demo.turns_file import Turn

_TURN_NAME = re.compile(r"D\d+:\d+")
_ROLES = {"assistant": "agent"}


class GoldError(Exception):
    """The folder does not hold what is needed; the message says what to give instead."""


@dataclass(frozen=True)
class Observation:
    """What a conversation tells, and the names of the turns that prove it."""

    user_id: str
    thread_id: str
    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What somebody asks later, and the turns that hold the answer."""

    user_id: str
    text: str
    evidence: frozenset[str]


@dataclass(frozen=True)
class Gold:
    """All conversations of a folder."""

    turns: list[Turn]
    observations: list[Observation]
    questions: list[Question]


def load_gold(folder: Path) -> Gold:
    """Read a folder. Raises GoldError where it holds no conversations, or other ones."""
    names = sorted(path.name.removesuffix(".gold.json") for path in folder.glob("*.gold.json"))
    if not names:
        raise GoldError(
            f"{folder} holds no *.gold.json with its *.turns.jsonl: give the folder of the gold"
            " conversations with --gold DIR."
        )
    turns: list[Turn] = []
    observations: list[Observation] = []
    questions: list[Question] = []
    for name in names:
        try:
            turns += _read_turns(folder / f"{name}.turns.jsonl")
            gold: dict[str, Any] = json.loads((folder / f"{name}.gold.json").read_bytes())
            observations += _read_observations(gold)
            questions += _read_questions(gold)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GoldError(f"{folder}/{name}.* cannot be read: {error!r}") from error
    return Gold(turns, observations, questions)


def _read_turns(path: Path) -> list[Turn]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_read_turn(json.loads(line)) for line in lines if line.strip()]


def _read_turn(row: dict[str, Any]) -> Turn:
    role = str(row["role"])
    return Turn(**{**row, "id": row["metadata"]["dia_id"], "role": _ROLES.get(role, role)})


def _read_observations(gold: dict[str, Any]) -> list[Observation]:
    return [
        Observation(gold["user_id"], thread_id, one["fact"], tuple(one["evidence"]))
        for thread_id, thread in gold["threads"].items()
        for one in thread["observations"]
    ]


def _read_questions(gold: dict[str, Any]) -> list[Question]:
    questions: list[Question] = []
    for one in gold["qa"]:
        evidence = frozenset(_TURN_NAME.findall(" ".join(one["evidence"])))
        if evidence:
            questions.append(Question(gold["user_id"], str(one["question"]), evidence))
    return questions
