"""Regular expressions of queries, bounded: the size of one, and the time that all searches take.

A pattern can take longer than anybody waits, and a search cannot be interrupted from outside. So
all searches of one page of a query, or of one batch, share an allowance of processor time.
"""

import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

import regex

from local.cosmos.errors import bad_request

MATCHING_SECONDS = 0.5
# The library repeats what `{1000}` stands behind so often, also within one another: without a bound
# a short pattern takes all memory there is.
MAX_UNROLLED_SIZE = 50_000
_SHORTEST_SECONDS = 1e-6
_MAX_DIGITS = 9
_FLAGS = {"m": regex.MULTILINE, "s": regex.DOTALL, "i": regex.IGNORECASE, "x": regex.VERBOSE}
_PART = re.compile(
    r"(?P<unseen>\(\?#[^)]*\))|\{(?P<least>\d+)(?:,\d*)?\}|(?P<group>[()])"
    r"|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.",
    re.DOTALL,
)
_UNSEEN_IF_VERBOSE = re.compile(r"(\\.)|#[^\n]*|\s+", re.DOTALL)


@dataclass
class _Allowance:
    seconds: float = MATCHING_SECONDS


_allowance: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def limited_matching() -> Generator[None]:
    """Let all searches within share one allowance, that of the outermost such block."""
    if _allowance.get() is not None:
        yield
        return
    token = _allowance.set(_Allowance())
    try:
        yield
    finally:
        _allowance.reset(token)


def matches(pattern: str, modifiers: str, text: str) -> bool | None:
    """Whether a pattern occurs in a text; None for what is no pattern or no modifier.

    Raises:
        CosmosError: 400, the search and those before it take longer than their allowance.
    """
    compiled = _compile(pattern, modifiers)
    if compiled is None:
        return None
    allowance = _allowance.get() or _Allowance()
    started = time.thread_time()
    try:
        return compiled.search(text, timeout=max(_SHORTEST_SECONDS, allowance.seconds)) is not None
    except (TimeoutError, MemoryError) as error:
        raise bad_request(
            f"REGEXMATCH takes too long: its searches may take {MATCHING_SECONDS} s for a page of "
            "a query. Simplify the pattern, a repetition within a repetition first, or filter by "
            "something else before it."
        ) from error
    finally:
        allowance.seconds -= time.thread_time() - started


@lru_cache(maxsize=256)
def _compile(pattern: str, modifiers: str) -> regex.Pattern[str] | None:
    flags = regex.RegexFlag(0)
    for letter in modifiers:
        if letter not in _FLAGS:
            return None
        flags |= _FLAGS[letter]
    if max(map(_unrolled_size, (pattern, _without_layout(pattern)))) > MAX_UNROLLED_SIZE:
        return None
    try:
        return regex.compile(pattern, flags)
    except (regex.error, ValueError, OverflowError, RecursionError):
        return None


def _without_layout(pattern: str) -> str:
    """The pattern as it reads if it is verbose."""
    return _UNSEEN_IF_VERBOSE.sub(lambda found: found[1] or "", pattern)


def _unrolled_size(pattern: str) -> int:
    """Roughly how many parts a pattern has when what must be there n times stands there n times."""
    open_groups, last = [0], 0
    for part in _PART.finditer(pattern):
        match part.lastgroup:
            case "unseen":
                continue
            case "least":
                times = int(part["least"][:_MAX_DIGITS])
                open_groups[-1] += last * max(0, times - 1)
                last *= max(1, times)
            case "group" if part["group"] == "(":
                open_groups.append(0)
            case "group" if len(open_groups) > 1:
                last = open_groups.pop()
                open_groups[-1] += last
            case _:
                open_groups[-1] += 1
                last = 1
    return sum(open_groups)
