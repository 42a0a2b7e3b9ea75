"""Reads a file of conversation turns, one JSON object a line, and says everything wrong with it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from local.stack.errors import USAGE, StackError

SHOWN_ERRORS = 20
LARGEST_DOCUMENT_BYTES = 2_000_000  # Cosmos DB takes 2 MB, system properties included
LONGEST_PARTITION_KEY_BYTES = 1_900  # Cosmos DB takes 2 KB, length marks of the parts included
LONGEST_ID_BYTES = 1_000  # Cosmos DB takes 1,023
FORBIDDEN_IN_ID = "/\\?#"  # Cosmos DB: an id is part of a URL
ROLES = ("user", "agent", "tool", "system")


class TurnsFileError(StackError):
    """The file cannot be used; the message has one `FILE:LINE: field 'x': ...` for each fault."""

    def __init__(self, faults: list[str]) -> None:
        shown = faults[:SHOWN_ERRORS]
        if len(faults) > SHOWN_ERRORS:
            shown.append(f"... and {len(faults) - SHOWN_ERRORS} more")
        super().__init__("nothing was written:\n" + "\n".join(shown), USAGE)


def _refuse_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "is blank")
    return text


def _check_id(text: str) -> str:
    if any(character in FORBIDDEN_IN_ID for character in text):
        raise PydanticCustomError("id", "must not contain / \\ ? or #, which Cosmos DB refuses")
    if len(text.encode()) > LONGEST_ID_BYTES:
        raise PydanticCustomError("id", "is longer than 1,000 bytes")
    return text


def _fold_role(role: object) -> object:
    if role == "assistant":
        return "agent"
    if role not in ROLES:
        raise PydanticCustomError("role", "must be user, agent, tool, system or assistant")
    return role


def _normalise_time(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, str):
        raise PydanticCustomError("time", "must be a string such as 2026-01-31T12:00:00Z")
    try:
        parsed = datetime.fromisoformat(value)
        at = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return at.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise PydanticCustomError("time", "is not an ISO 8601 time") from None


def _new_id() -> str:
    return str(uuid.uuid4())


Name = Annotated[str, Field(strict=True), AfterValidator(_refuse_blank)]


class Turn(BaseModel):
    """One turn as the file gives it; created_at is UTC with +00:00 where the file has a time."""

    model_config = ConfigDict(frozen=True, extra="allow")

    user_id: Name
    thread_id: Name
    role: Annotated[Literal["user", "agent", "tool", "system"], BeforeValidator(_fold_role)]
    content: Name
    created_at: Annotated[str | None, BeforeValidator(_normalise_time)] = None
    metadata: dict[str, Any] = {}
    id: Annotated[Name, AfterValidator(_check_id)] = Field(default_factory=_new_id)
    agent_id: Name | None = None

    @property
    def thread(self) -> tuple[str, str]:
        """User and thread, which together say whose conversation this is."""
        return self.user_id, self.thread_id


@dataclass
class _Reading:
    """What has been read of a file so far."""

    path: Path
    turns: list[Turn] = field(default_factory=list[Turn])
    faults: list[str] = field(default_factory=list[str])
    lines_of_ids: dict[tuple[str, str, str], int] = field(
        default_factory=dict[tuple[str, str, str], int]
    )

    def add_line(self, number: int, line: bytes) -> None:
        for name, message in self._faults_of_line(number, line):
            place = f"{self.path}:{number}: "
            self.faults.append(place + (f"field '{name}': " if name else "") + message)

    def _faults_of_line(self, number: int, line: bytes) -> Iterator[tuple[str, str]]:
        try:
            parsed: object = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield "", f"is not JSON in UTF-8 ({error.msg} at column {error.colno})"
            return
        if not isinstance(parsed, dict):
            yield "", "is not a JSON object"
            return
        try:
            turn = Turn.model_validate(parsed)
        except ValidationError as error:
            yield from map(_describe, error.errors(include_input=False, include_url=False))
            return
        yield from self._faults_among_turns(number, line, turn)
        self.turns.append(turn)

    def _faults_among_turns(
        self, number: int, line: bytes, turn: Turn
    ) -> Iterator[tuple[str, str]]:
        if len(line) > LARGEST_DOCUMENT_BYTES:
            yield "content", "makes the turn larger than the 2 MB that Cosmos DB takes"
        if len((turn.user_id + turn.thread_id).encode()) > LONGEST_PARTITION_KEY_BYTES:
            limit = f"{LONGEST_PARTITION_KEY_BYTES:,} bytes"
            yield "thread_id", f"together with user_id is longer than {limit}"
        first = self.lines_of_ids.setdefault((*turn.thread, turn.id), number)
        if first != number:
            yield "id", f"is the id of line {first} in the same thread already"


def read_turns_file(path: Path) -> list[Turn]:
    """The turns of the file, in order; blank lines are skipped.

    Raises TurnsFileError that lists what is wrong, with file, line and field.
    """
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise TurnsFileError([f"{path}: cannot be read: {error.strerror}"]) from error
    reading = _Reading(path)
    # Only \n ends a line: JSON text may hold the other characters that Python takes for line ends.
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            reading.add_line(number, line)
    if reading.faults:
        raise TurnsFileError(reading.faults)
    if not reading.turns:
        raise TurnsFileError([f"{path}:1: the file has no turns"])
    return reading.turns


def unknown_fields(turns: list[Turn]) -> list[str]:
    """Names in the file that a turn does not have; they are not written."""
    return sorted({name for turn in turns for name in turn.model_extra or {}})


def _describe(error: ErrorDetails) -> tuple[str, str]:
    location = [str(part) for part in error["loc"]]
    messages = {"missing": "is missing", "string_type": "must be a string"}
    messages |= {"dict_type": "must be an object"}
    return ".".join(location), messages.get(error["type"], error["msg"])
