"""The statements of one turn: what its speaker says of themselves that is worth keeping."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from local.model.language.clauses import split_clauses
from local.model.language.dates import resolve_dates
from local.model.language.rewrite import Speaker, rewrite_clause
from local.model.language.sentences import split_sentences

MOST_STATEMENTS: Final = 12
LONGEST_SENTENCE: Final = 600
LONGEST_CACHED: Final = 4000


@dataclass(frozen=True)
class Statement:
    """A statement in the third person.

    text: stands on its own, with absolute dates. quote: the sentence as it was spoken, verbatim.
    temporal_context: the phrases that the dates stand for, or None.
    """

    text: str
    quote: str
    temporal_context: str | None


def find_statements(text: str, speaker: Speaker, spoken_on: date | None) -> tuple[Statement, ...]:
    """The statements of a turn in order, at most twelve; they depend on this turn alone."""
    find = _find_cached if len(text) <= LONGEST_CACHED else _find
    return find(text, speaker, spoken_on)


def _find(text: str, speaker: Speaker, spoken_on: date | None) -> tuple[Statement, ...]:
    found: dict[str, Statement] = {}
    for sentence in split_sentences(text):
        if sentence.is_question or len(sentence.text) > LONGEST_SENTENCE:
            continue
        for clause in split_clauses(sentence.text):
            statement = _read_clause(clause, sentence.text, speaker, spoken_on)
            if statement is not None:
                found.setdefault(statement.text, statement)
        if len(found) >= MOST_STATEMENTS:
            break
    return tuple(found.values())[:MOST_STATEMENTS]


_find_cached = lru_cache(maxsize=4096)(_find)


def _read_clause(
    clause: str, quote: str, speaker: Speaker, spoken_on: date | None
) -> Statement | None:
    phrases: tuple[str, ...] = ()
    if spoken_on is not None:
        resolved = resolve_dates(clause, spoken_on)
        clause, phrases = resolved.text, resolved.phrases
    text = rewrite_clause(clause, speaker)
    return Statement(text, quote, "; ".join(phrases) or None) if text else None
