"""String functions. Positions count from zero; searching is exact unless told to ignore case."""

from collections.abc import Callable

from local.cosmos.sql.comparison import whole_number
from local.cosmos.sql.functions.registry import FUNCTIONS, Function, scalar
from local.cosmos.sql.matching import matches
from local.cosmos.values import UNDEFINED, Json, Value

MAX_RESULT_CHARACTERS = 2**22
MAX_REPLICATED_CHARACTERS = 10_000


def _fold(text: str) -> str:
    """Text with the case of its letters ignored, letter by letter.

    A letter whose small form has another capital (the Kelvin sign, a dotted I) is itself alone.
    """
    if text.isascii():
        return text.lower()
    return "".join(small if (small := one.lower()).upper() == one else one for one in text)


def _folded(text: Value, part: Value, ignore_case: Value) -> tuple[str, str] | None:
    """Both texts, folded where case is to be ignored; None if the function is undefined."""
    if not isinstance(text, str) or not isinstance(part, str) or not isinstance(ignore_case, bool):
        return None
    return (_fold(text), _fold(part)) if ignore_case else (text, part)


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
    at = whole_number(start)
    if isinstance(text, str) and isinstance(part, str) and at is not None:
        return text.find(part, max(0, at))
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
    return _one_by_one(text, str.lower) if isinstance(text, str) else UNDEFINED


@scalar("UPPER", 1)
def _upper(text: Value) -> Value:
    return _one_by_one(text, str.upper) if isinstance(text, str) else UNDEFINED


def _one_by_one(text: str, convert: Callable[[str], str]) -> str:
    """Letters that have no single counterpart, as a sharp s has no capital, stay as they are."""
    if text.isascii():
        return convert(text)
    return "".join(found if len(found := convert(one)) == 1 else one for one in text)


def _trimmed(strip: Callable[[str, str | None], str]) -> Callable[..., Value]:
    """Trim blanks or, if they are given, any of some characters."""

    def apply(text: Value, characters: Value = None) -> Value:
        if not isinstance(text, str) or not isinstance(characters, str | None):
            return UNDEFINED
        return strip(text, characters)

    def apply_given(text: Value, *characters: Value) -> Value:
        return UNDEFINED if None in characters else apply(text, *characters)

    return apply_given


for _name, _strip in {"TRIM": str.strip, "LTRIM": str.lstrip, "RTRIM": str.rstrip}.items():
    FUNCTIONS[_name] = Function(1, 2, _trimmed(_strip))


@scalar("LEFT", 2)
def _left(text: Value, count: Value) -> Value:
    return _substring(text, 0, count)


@scalar("RIGHT", 2)
def _right(text: Value, count: Value) -> Value:
    size = whole_number(count)
    if not isinstance(text, str) or size is None:
        return UNDEFINED
    return text[max(0, len(text) - size) :] if size > 0 else ""


@scalar("SUBSTRING", 3)
def _substring(text: Value, start: Value, count: Value) -> Value:
    begin, size = whole_number(start), whole_number(count)
    if not isinstance(text, str) or begin is None or size is None:
        return UNDEFINED
    return text[begin : begin + size] if begin >= 0 and size > 0 else ""


@scalar("REPLACE", 3)
def _replace(text: Value, old: Value, new: Value) -> Value:
    if isinstance(text, str) and isinstance(old, str) and isinstance(new, str) and old:
        return _limited(text.replace(old, new))
    return UNDEFINED


@scalar("REPLICATE", 2)
def _replicate(text: Value, count: Value) -> Value:
    times = whole_number(count)
    if not isinstance(text, str) or times is None or times < 0:
        return UNDEFINED
    return text * times if len(text) * times <= MAX_REPLICATED_CHARACTERS else UNDEFINED


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
    if not isinstance(text, str) or not isinstance(separator, str):
        return UNDEFINED
    parts: list[Json] = [*text.split(separator)] if separator else [text]
    return parts


def _cut(at: Callable[[str, str], tuple[str, str, str]], *, after: bool) -> Callable[..., Value]:
    """The text before or after a delimiter; undefined without one."""

    def apply(text: Value, delimiter: Value) -> Value:
        if not isinstance(text, str) or not isinstance(delimiter, str) or not delimiter:
            return UNDEFINED
        before, found, behind = at(text, delimiter)
        return (behind if after else before) if found else UNDEFINED

    return apply


FUNCTIONS["SUBSTRINGBEFORE"] = Function(2, 2, _cut(str.partition, after=False))
FUNCTIONS["SUBSTRINGAFTER"] = Function(2, 2, _cut(str.partition, after=True))
FUNCTIONS["LASTSUBSTRINGBEFORE"] = Function(2, 2, _cut(str.rpartition, after=False))
FUNCTIONS["LASTSUBSTRINGAFTER"] = Function(2, 2, _cut(str.rpartition, after=True))


@scalar("REGEXMATCH", 2, 3)
def _regex_match(text: Value, pattern: Value, modifiers: Value = "") -> Value:
    if not isinstance(text, str) or not isinstance(pattern, str) or not isinstance(modifiers, str):
        return UNDEFINED
    found = matches(pattern, modifiers, text)
    return UNDEFINED if found is None else found


def _limited(text: str) -> Value:
    return text if len(text) <= MAX_RESULT_CHARACTERS else UNDEFINED
