"""Strings and numbers made to fit the bounds of a JSON schema."""

import math
import re
from typing import Final

from local.model.json_values import Json, JsonObject

LARGEST: Final = 10_000
STRINGS_BY_FORMAT: Final = {
    "date-time": "2000-01-01T00:00:00Z",
    "date": "2000-01-01",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "nobody@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
PATTERN_SAMPLES: Final = ("", "a", "A", "0", "00", "000", "abc", "ABC", "2000-01-01", "a-0", "a_0")


class UnsupportedSchemaError(ValueError):
    """The schema asks for something that no instance is built for; the message names it."""


class Missing:
    """Stands for a value that is not there, where null would be a value."""


MISSING: Final = Missing()
type Candidate = Json | Missing


def fit_string(value: Candidate, schema: JsonObject) -> str:
    """The string within its lengths, pattern and format that is nearest to the value."""
    text = value if isinstance(value, str) else _default_string(schema)
    most = read_bound(schema, "maxLength", math.inf)
    if isinstance(most, int):
        text = text[:most]
    least = read_bound(schema, "minLength", 0)
    if least > LARGEST:
        raise UnsupportedSchemaError(f"minLength above {LARGEST}")
    text = text.ljust(int(least), "x")
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not re.search(pattern, text):
        return _sample_pattern(pattern)
    return text


def _default_string(schema: JsonObject) -> str:
    name = schema.get("format")
    return STRINGS_BY_FORMAT.get(name, "") if isinstance(name, str) else ""


def _sample_pattern(pattern: str) -> str:
    for sample in PATTERN_SAMPLES:
        if re.search(pattern, sample):
            return sample
    raise UnsupportedSchemaError(f"pattern {pattern!r}")


def fit_number(value: Candidate, schema: JsonObject, *, whole: bool) -> int | float:
    """The number within its bounds that is nearest to the value."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
    step = read_bound(schema, "multipleOf", 1 if whole else 0)
    nudge = step or 1e-6
    above = read_bound(schema, "exclusiveMinimum", -math.inf) + nudge
    below = read_bound(schema, "exclusiveMaximum", math.inf) - nudge
    least = max(read_bound(schema, "minimum", -math.inf), above)
    most = min(read_bound(schema, "maximum", math.inf), below)
    number = min(max(number, least), most)
    if step:
        number = math.ceil(number / step) * step
        number = number if number <= most else number - step
    return number


def read_bound(schema: JsonObject, name: str, default: float) -> int | float:
    """A numeric rule of a schema."""
    value = schema.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else default
