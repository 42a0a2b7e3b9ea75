"""What the users of a seed say: turns with odd ids and clocks, and what must be remembered of them.

A user turn says one thing that no other turn says, so that its fact can be told from all others;
something that several turns say, whose facts must become one; or nothing worth a memory.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

type Document = dict[str, Any]
LIFETIME = 2_592_000
"""The `ttl` of a turn that outlives every seed, in seconds."""
type Kind = Literal["unique", "shared", "small talk", "agent"]

_USER_IDS = ("ana", "google-oauth2|1:2", "bö@rn?x", "a/b\\c#d", "@home: 日本", "x" * 700)
_THREAD_IDS = ("chat", "t:1", "who?/where#", "ünï ✓", "y" * 900, "a\\b:c@d")
_TURN_IDS = ("{n}", "turn:{n}", "t@{n} ünï ✓", "日本-{n}", "id.with,marks;{n}!", "{n}" + "z" * 240)
_SHARED = (
    ("I like green tea.", "The user likes green tea."),
    ("I have a dog called Rex.", "The user has a dog called Rex."),
    ("I usually cook for my parents.", "The user usually cooks for their parents."),
)
_UNIQUE = re.compile(r"number(\d+)")


@dataclass(frozen=True)
class PlannedTurn:
    """One turn, and the fact that its thread must know after it (None: no fact).

    `lifetime` is how long it lives, in seconds, `has_ttl` whether it says so itself.
    """

    number: int
    user_id: str
    thread_id: str
    turn_id: str
    kind: Kind
    content: str
    fact: str | None
    created_at: str
    lifetime: int = LIFETIME
    has_ttl: bool = True

    @property
    def is_short_lived(self) -> bool:
        """Whether it expires before its seed is at rest."""
        return self.lifetime < LIFETIME

    @property
    def thread(self) -> tuple[str, str]:
        return self.user_id, self.thread_id

    @property
    def key(self) -> tuple[str, str, str]:
        return self.user_id, self.thread_id, self.turn_id

    def document(self, version: int = 1) -> Document:
        """The turn as the public SDK writes it; a later version differs in tags only."""
        own = {"ttl": self.lifetime} if self.has_ttl else {}
        return {
            "id": self.turn_id,
            "user_id": self.user_id,
            "thread_id": self.thread_id,
            "role": "agent" if self.kind == "agent" else "user",
            "type": "turn",
            "content": self.content,
            "metadata": {},
            "created_at": self.created_at,
            "tags": [f"v{version}"],
            **own,
        }


def all_numbers(text: str) -> set[int]:
    """The numbers of all turns that a text tells of."""
    return {int(number) for number in _UNIQUE.findall(text)}


def unique_number(text: str) -> int | None:
    """The number of the turn that alone says this, also where the model words it differently."""
    found = _UNIQUE.search(text)
    return int(found[1]) if found else None


def plan_turns(draw: Random, count: int, *, users: int, threads: int) -> list[PlannedTurn]:
    """So many turns, in the order in which they are written; each user has so many threads."""
    pairs = [
        (user, thread)
        for user in draw.sample(_USER_IDS, users)
        for thread in draw.sample(_THREAD_IDS, threads)
    ]
    weights = [draw.uniform(0.2, 1) for _ in pairs]
    chosen = draw.choices(pairs, weights, k=count)
    return [_plan_turn(draw, number, *thread) for number, thread in enumerate(chosen)]


def shorten_lives(draw: Random, turns: list[PlannedTurn]) -> list[PlannedTurn]:
    """The turns, of which in some seeds a share expires in the storm or soon after it."""
    share = draw.choice((0.0, 0.1, 0.25))
    return [
        replace(turn, lifetime=draw.choice((1, 2, 3))) if draw.random() < share else turn
        for turn in turns
    ]


def leave_lives_to_container(
    draw: Random, turns: list[PlannedTurn], default_ttl: int
) -> list[PlannedTurn]:
    """The turns, of which in most seeds a share, or all, have no `ttl` of their own."""
    share = draw.choice((0.0, 0.3, 1.0))
    return [
        turn
        if turn.is_short_lived or draw.random() >= share
        else replace(turn, lifetime=default_ttl, has_ttl=False)
        for turn in turns
    ]


def _plan_turn(draw: Random, number: int, user_id: str, thread_id: str) -> PlannedTurn:
    kinds: tuple[Kind, ...] = ("unique", "shared", "small talk", "agent")
    [kind] = draw.choices(kinds, (6, 2, 1, 1))
    content, fact = _say(draw, kind, number)
    # Some clients' clocks are wrong by days, and some turns are imported late.
    moment = datetime(2026, 7, 1, tzinfo=UTC) + timedelta(
        seconds=number, hours=draw.choice((0, 0, 0, -30, 5))
    )
    return PlannedTurn(
        number=number,
        user_id=user_id,
        thread_id=thread_id,
        turn_id=draw.choice(_TURN_IDS).format(n=number),
        kind=kind,
        content=content,
        fact=fact,
        created_at=moment.isoformat(),
    )


def _say(draw: Random, kind: Kind, number: int) -> tuple[str, str | None]:
    match kind:
        case "unique":
            return (
                f"I bought lamp number{number} in Rome.",
                f"The user bought lamp number{number} in Rome.",
            )
        case "shared":
            return draw.choice(_SHARED)
        case "small talk":
            return "Thanks a lot, that's very kind!", None
        case "agent":
            return "What else can I do for you?", None
