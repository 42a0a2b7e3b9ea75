"""The user message of the app's calls: turns, and what is known already."""

from dataclasses import dataclass
from datetime import date, datetime

from local.model.json_values import Json, JsonObject, as_objects, as_text
from local.model.language.rewrite import Speaker
from local.model.language.statements import Statement, find_statements

LONGEST_NAME = 60


@dataclass(frozen=True)
class Turn:
    """One turn; `spoken_on` is None when the request gives no day."""

    id: str
    role: str
    speaker: Speaker
    spoken_on: date | None
    text: str

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the speaker says of themselves; tools and systems say nothing of themselves."""
        if self.role not in ("user", "agent"):
            return ()
        return find_statements(self.text, self.speaker, self.spoken_on)


def read_turns(value: Json) -> list[Turn]:
    """The turns of a request; what is no turn is left out."""
    return [_read_turn(entry) for entry in as_objects(value)]


def make_speaker(role: str, name: str = "") -> Speaker:
    """A turn's speaker, by name if there is one."""
    known = " ".join(name.split())
    if not known or len(known) > LONGEST_NAME:
        known = "the agent" if role == "agent" else "the user"
    return Speaker(known, is_agent=role == "agent")


def parse_day(text: str) -> date | None:
    """The day of an ISO timestamp, in the timestamp's own zone."""
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _read_turn(entry: JsonObject) -> Turn:
    role = as_text(entry.get("speaker"))
    return Turn(
        id=as_text(entry.get("id")),
        role=role,
        speaker=make_speaker(role, as_text(entry.get("name"))),
        spoken_on=parse_day(as_text(entry.get("at"))),
        text=as_text(entry.get("text")),
    )
