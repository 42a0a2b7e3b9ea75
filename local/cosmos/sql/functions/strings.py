"""String functions. Positions count from zero; searching is exact unless told to ignore case."""

import re
from functools import lru_cache

from local.cosmos.errors import bad_request
from local.cosmos.sql.functions.registry import scalar
from local.cosmos.values import UNDEFINED, Json, Value

MAX_RESULT_CHARACTERS = 2**22
_REGEX_FLAGS = {
    "m": re.MULTILINE,
    "s": re.DOTALL,
    "i": re.IGNORECASE,
    "x": re.VERBOSE,
}


def _folded(text: Value, part: Value, ignore_case: Value) -> tuple[str, str] | None:
    """Both texts, in lower case where case is to be ignored; None if the function is undefined."""
    if not isinstance(text, str) or not isinstance(part, str) or not isinstance(ignore_case, bool):
        return None
    return (text.lower(), part.lower()) if ignore_case else (text, part)


@scalar("CONTAINS", 2, 3)
def _contains(text: Value, part: Value, ignore_case: Value = False) -> Value:
    pair = _folded(text, part, ignore_case)
    return pair[1] in pair[0] if pair else UNDEFINED


@scalar("STARTSWITH", 2, 3)
def _starts_with(text: Value, part: Value, ignore_case: Value = False) -> Value:
    pair = _folded(text, part, ignore_case)
    return pair[0].startswith(pair[1]) if pair else UNDEFINED


@scalar("ENDSWITH", 2, 3)
def _ends_with(text: Value, part: Value, ignore_case: Value = False) -> Value:
    pair = _folded(text, part, ignore_case)
    return pair[0].endswith(pair[1]) if pair else UNDEFINED


@scalar("STRINGEQUALS", 2, 3)
def _string_equals(text: Value, part: Value, ignore_case: Value = False) -> Value:
    pair = _folded(text, part, ignore_case)
    return pair[0] == pair[1] if pair else UNDEFINED


@scalar("INDEX_OF", 2, 3)
def _index_of(text: Value, part: Value, start: Value = 0) -> Value:
    if isinstance(text, str) and isinstance(part, str) and isinstance(start, int):
        return text.find(part, max(0, start))
    return UNDEFINED


@scalar("CONCAT", 2, None)
def _concat(*texts: Value) -> Value:
    parts = [text for text in texts if isinstance(text, str)]
    return _limited("".join(parts)) if len(parts) == len(texts) else UNDEFINED


@scalar("LENGTH", 1)
def _length(text: Value) -> Value:
    return len(text) if isinstance(text, str) else UNDEFINED


@scalar("LOWER", 1)
def _lower(text: Value) -> Value:
    return text.lower() if isinstance(text, str) else UNDEFINED


@scalar("UPPER", 1)
def _upper(text: Value) -> Value:
    return text.upper() if isinstance(text, str) else UNDEFINED


@scalar("TRIM", 1, 2)
def _trim(text: Value, characters: Value = None) -> Value:
    return text.strip(_stripped(characters)) if isinstance(text, str) else UNDEFINED


@scalar("LTRIM", 1, 2)
def _trim_left(text: Value, characters: Value = None) -> Value:
    return text.lstrip(_stripped(characters)) if isinstance(text, str) else UNDEFINED


@scalar("RTRIM", 1, 2)
def _trim_right(text: Value, characters: Value = None) -> Value:
    return text.rstrip(_stripped(characters)) if isinstance(text, str) else UNDEFINED


def _stripped(characters: Value) -> str | None:
    return characters if isinstance(characters, str) else None


@scalar("LEFT", 2)
def _left(text: Value, count: Value) -> Value:
    if isinstance(text, str) and isinstance(count, int):
        return text[: max(0, count)]
    return UNDEFINED


@scalar("RIGHT", 2)
def _right(text: Value, count: Value) -> Value:
    if isinstance(text, str) and isinstance(count, int):
        return text[len(text) - count :] if 0 < count < len(text) else text if count > 0 else ""
    return UNDEFINED


@scalar("SUBSTRING", 3)
def _substring(text: Value, start: Value, count: Value) -> Value:
    if isinstance(text, str) and isinstance(start, int) and isinstance(count, int):
        return text[max(0, start) : max(0, start) + max(0, count)]
    return UNDEFINED


@scalar("REPLACE", 3)
def _replace(text: Value, old: Value, new: Value) -> Value:
    if isinstance(text, str) and isinstance(old, str) and isinstance(new, str):
        return _limited(text.replace(old, new)) if old else text
    return UNDEFINED


@scalar("REPLICATE", 2)
def _replicate(text: Value, count: Value) -> Value:
    if not isinstance(text, str) or not isinstance(count, int) or count < 0:
        return UNDEFINED
    return text * count if len(text) * count <= MAX_RESULT_CHARACTERS else UNDEFINED


@scalar("REVERSE", 1)
def _reverse(text: Value) -> Value:
    return text[::-1] if isinstance(text, str) else UNDEFINED


@scalar("STRINGJOIN", 2)
def _string_join(texts: Value, separator: Value) -> Value:
    if not isinstance(texts, list) or not isinstance(separator, str):
        return UNDEFINED
    parts = [text for text in texts if isinstance(text, str)]
    return separator.join(parts) if len(parts) == len(texts) else UNDEFINED


@scalar("STRINGSPLIT", 2)
def _string_split(text: Value, separator: Value) -> Value:
    if not isinstance(text, str) or not isinstance(separator, str) or not separator:
        return UNDEFINED
    parts: list[Json] = [*text.split(separator)]
    return parts


@scalar("REGEXMATCH", 2, 3)
def _regex_match(text: Value, pattern: Value, modifiers: Value = "") -> Value:
    if not isinstance(text, str) or not isinstance(pattern, str) or not isinstance(modifiers, str):
        return UNDEFINED
    return _compile(pattern, modifiers).search(text) is not None


@lru_cache(maxsize=256)
def _compile(pattern: str, modifiers: str) -> re.Pattern[str]:
    flags = re.RegexFlag(0)
    for letter in modifiers:
        if letter not in _REGEX_FLAGS:
            raise bad_request(f"RegexMatch: modifier '{letter}' is not one of m, s, i, x.")
        flags |= _REGEX_FLAGS[letter]
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise bad_request(
            f"RegexMatch: the pattern is not a regular expression: {error}"
        ) from error


def _limited(text: str) -> Value:
    return text if len(text) <= MAX_RESULT_CHARACTERS else UNDEFINED
