"""Dates that are told from the day of speaking: "last Friday" becomes "on 5 May 2023"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from local.model.language.date_phrases import DATE_PHRASE, DAYS, MONTHS, NUMBERS

SEASON_STARTS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}

_PREPOSITION = re.compile(
    r"\b(since|until|till|by|before|after|from|around|of|on|to|during|for)\s+$", re.IGNORECASE
)
_LEADS_TO_DAY = re.compile(r"\b(for|by|until|till|before|after|from|since)\s+$", re.IGNORECASE)
_BLOCKED = re.compile(
    r"\b(the|my|our|his|her|their|your|a|an|all|every|each|one|most)\s+$", re.IGNORECASE
)
_LATER = re.compile(
    r"\b(?:will|going\s+to|gonna|plan|planning|hope|hoping|want|need|have\s+to|due|would|book)\b"
    r"|'ll\b|\b(?:am|is|are|'m|'re)\s+\w+ing\b|'(?:m|re)\s+\w+ing\b|\b(?:next|coming)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ResolvedText:
    """A text with absolute dates, and the phrases that stood in their place."""

    text: str
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class _Point:
    """An absolute date with the preposition that leads to it."""

    preposition: str
    core: str


def resolve_dates(text: str, spoken_on: date) -> ResolvedText:
    """Replace what is told from the day of speaking; all else stays as it is."""
    later = bool(_LATER.search(text))
    phrases: list[str] = []

    def replace(match: re.Match[str]) -> str:
        before = text[: match.start()]
        if _BLOCKED.search(before):
            return match.group()
        try:
            point = _resolve(match, spoken_on, later=later)
        except (ValueError, OverflowError):  # 31 June; a thousand years ago
            return match.group()
        if point is None:
            return match.group()
        phrases.append(match.group())
        if _PREPOSITION.search(before):
            return point.core
        return f"{point.preposition} {point.core}"

    return ResolvedText(DATE_PHRASE.sub(replace, text), tuple(phrases))


def format_day(day: date) -> str:
    """A date as people write it: 7 May 2023."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _resolve(match: re.Match[str], spoken_on: date, *, later: bool) -> _Point | None:
    for name, resolve in _RESOLVERS.items():
        if match.group(name):
            return resolve(match, spoken_on, later)
    return None


def _near(match: re.Match[str], spoken_on: date, _later: bool) -> _Point:
    words = " ".join(match.group("near").lower().split())
    offset = {
        "the day before yesterday": -2,
        "yesterday": -1,
        "last night": -1,
        "tomorrow": 1,
        "the day after tomorrow": 2,
    }.get(words, 0)
    part = match.group("near_part") or {"last night": "night", "tonight": "evening"}.get(words)
    if words.startswith("this "):
        part = words.removeprefix("this ")
    return _on_day(spoken_on + timedelta(days=offset), part)


def _on_day(day: date, part: str | None) -> _Point:
    core = format_day(day)
    return _Point("on", f"the {part.lower()} of {core}" if part else core)


def _ago(match: re.Match[str], spoken_on: date, _later: bool) -> _Point:
    return _count(match.group("ago_n"), match.group("ago_unit"), spoken_on, -1)


def _ahead(match: re.Match[str], spoken_on: date, later: bool) -> _Point | None:
    if not later:  # "I learned it in two weeks" is a duration
        return None
    return _count(match.group("ahead_n"), match.group("ahead_unit"), spoken_on, 1)


def _count(number: str, unit: str, spoken_on: date, direction: int) -> _Point:
    words = " ".join(number.lower().split())
    amount = direction * (int(words) if words.isdigit() else NUMBERS[words])
    match unit.lower():
        case "day":
            return _on_day(spoken_on + timedelta(days=amount), None)
        case "week":
            return _Point("around", format_day(spoken_on + timedelta(weeks=amount)))
        case "weekend":
            saturday = spoken_on - timedelta(days=(spoken_on.weekday() - 5) % 7)
            return _on_weekend(saturday + timedelta(weeks=amount))
        case "month":
            return _in_month(*_add_months(spoken_on, amount))
        case _:
            return _Point("in", str(date(spoken_on.year + amount, 1, 1).year))


def _weekday(match: re.Match[str], spoken_on: date, later: bool) -> _Point | None:
    word = " ".join((match.group("weekday_word") or "").lower().split())
    if not word:
        leading = _LEADS_TO_DAY.search(match.string[: match.start()])
        if leading is None:  # "Monday meetings", "Sunday roast"
            return None
        later = later or leading.group(1).lower() in ("for", "by", "until", "till", "before")
    wanted = DAYS.index(match.group("weekday_name").lower()[:3])
    forward = word in ("next", "this coming", "this") or (word in ("", "on") and later)
    distance = (wanted - spoken_on.weekday()) % 7
    distance = (distance or 7) if forward else distance - 7
    return _on_day(spoken_on + timedelta(days=distance), match.group("weekday_part"))


def _weekend(match: re.Match[str], spoken_on: date, later: bool) -> _Point:
    word = " ".join(match.group("weekend_word").lower().split())
    saturday = spoken_on - timedelta(days=(spoken_on.weekday() - 5) % 7)
    in_weekend = spoken_on.weekday() >= 5
    if word == "next" or (word in ("this", "at the", "over the") and later and not in_weekend):
        saturday += timedelta(days=7)
    elif word == "last" and in_weekend:
        saturday -= timedelta(days=7)
    elif word == "this" and not in_weekend:
        saturday += timedelta(days=7)
    return _on_weekend(saturday)


def _on_weekend(saturday: date) -> _Point:
    return _Point("on", f"the weekend of {format_day(saturday)}")


def _span(match: re.Match[str], spoken_on: date, _later: bool) -> _Point:
    step = {"last": -1, "this": 0, "next": 1}[match.group("span_word").lower()]
    match match.group("span_unit").lower():
        case "week":
            monday = spoken_on - timedelta(days=spoken_on.weekday()) + timedelta(weeks=step)
            return _Point("in", f"the week of {format_day(monday)}")
        case "month":
            return _in_month(*_add_months(spoken_on, step))
        case _:
            return _Point("in", str(spoken_on.year + step))


def _season(match: re.Match[str], spoken_on: date, _later: bool) -> _Point:
    name = match.group("season_name").lower()
    word = match.group("season_word").lower()
    begins, year = SEASON_STARTS[name], spoken_on.year
    if word == "last" and spoken_on.month < begins + 3:
        year -= 1
    elif word == "next" and spoken_on.month >= begins:
        year += 1
    return _Point("in", f"the {name} of {year}")


def _day(match: re.Match[str], spoken_on: date, later: bool) -> _Point:
    month = _month_number(match.group("day_month") or match.group("day_month2"))
    number = int(match.group("day_after") or match.group("day_before"))
    day = date(spoken_on.year, month, number)
    if later and day < spoken_on:
        day = date(spoken_on.year + 1, month, number)
    elif not later and day > spoken_on:
        day = date(spoken_on.year - 1, month, number)
    return _on_day(day, None)


def _month(match: re.Match[str], spoken_on: date, later: bool) -> _Point:
    month = _month_number(match.group("month_name"))
    word = match.group("month_word").lower()
    year = spoken_on.year
    if word in ("next", "this") or (word == "in" and later):
        year += month < spoken_on.month or (word == "next" and month == spoken_on.month)
    else:
        year -= month > spoken_on.month or (word == "last" and month == spoken_on.month)
    return _in_month(year, month)


def _month_number(name: str) -> int:
    return MONTHS.index(name) + 1


def _in_month(year: int, month: int) -> _Point:
    return _Point("in", f"{MONTHS[month - 1]} {year}")


def _add_months(day: date, months: int) -> tuple[int, int]:
    total = day.year * 12 + day.month - 1 + months
    return total // 12, total % 12 + 1


_RESOLVERS: Final[dict[str, Callable[[re.Match[str], date, bool], _Point | None]]] = {
    "near": _near,
    "ago": _ago,
    "ahead": _ahead,
    "weekday": _weekday,
    "weekend": _weekend,
    "span": _span,
    "season": _season,
    "day": _day,
    "month": _month,
}
