"""The phrases that tell a date from the day of speaking, as one pattern with named groups."""

import re
from typing import Final

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NUMBERS: Final = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "a couple": 2,
    "a couple of": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
}

_NUMBER = r"a\s+couple\s+of|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + r"|\d{1,3}"
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_MONTH = "(?-i:" + "|".join(MONTHS) + ")"  # "may" and "march" are words, too
_ORDINAL = r"(?:st|nd|rd|th)?"
_UNIT = r"(?P<{}>day|week|weekend|month|year)s?"
_PART = r"(?:\s+(?P<{}>morning|afternoon|evening|night))?"
_WORD = r"(?P<{}>last|next|this)\s+"
_RULES: Final = (
    r"(?P<near>the\s+day\s+before\s+yesterday|the\s+day\s+after\s+tomorrow|yesterday|today|tomorrow"
    r"|tonight|last\s+night|this\s+(?:morning|afternoon|evening))" + _PART.format("near_part"),
    rf"(?P<ago>(?:(?:about|around|almost|nearly|roughly|over)\s+)?(?P<ago_n>{_NUMBER})\s+"
    + _UNIT.format("ago_unit")
    + r"\s+ago)",
    rf"(?P<ahead>in\s+(?P<ahead_n>{_NUMBER})\s+" + _UNIT.format("ahead_unit") + r"(?:'\s+time)?)",
    r"(?P<weekday>(?:(?P<weekday_word>on|last|next|this\s+past|this\s+coming|this|past)\s+)?"
    rf"(?P<weekday_name>{_DAY})" + _PART.format("weekday_part") + ")",
    r"(?P<weekend>(?P<weekend_word>last|next|this|this\s+past|over\s+the|at\s+the)\s+weekend)",
    rf"(?P<span>{_WORD.format('span_word')}(?P<span_unit>week|month|year))",
    rf"(?P<season>{_WORD.format('season_word')}(?P<season_name>spring|summer|autumn|fall|winter))",
    rf"(?P<day>(?:on\s+)?(?:the\s+)?(?:(?P<day_month>{_MONTH})\s+(?P<day_after>\d{{1,2}}){_ORDINAL}"
    rf"|(?P<day_before>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?(?P<day_month2>{_MONTH}))"
    r"(?!\d|,?\s+\d{4}))",
    rf"(?P<month>(?P<month_word>in|last|next|this)\s+(?P<month_name>{_MONTH})(?!,?\s+\d))",
)
DATE_PHRASE: Final = re.compile(
    r"\b(?:" + "|".join(_RULES) + r")(?!['’]s|\s+(?:mornings|evenings|nights|afternoons))\b",
    re.IGNORECASE,
)
