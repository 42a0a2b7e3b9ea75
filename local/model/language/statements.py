"""The statements of one turn: what its speaker says of themselves that is worth keeping."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from local.model.language.clauses import split_clauses
from local.model.language.dates import resolve_dates
from local.model.language.rewrite import Speaker, rewrite_clause
from local.model.language.sentences import split_sentences


@dataclass(frozen=True)
class Statement:
    """A statement in the third person.

    text: stands on its own, with absolute dates. quote: the sentence as it was spoken, verbatim.
    temporal_context: the phrases that the dates stand for, or None.
    """

    text: str
    quote: str
    temporal_context: str | None


@lru_cache(maxsize=4096)
def find_statements(text: str, speaker: Speaker, spoken_on: date | None) -> tuple[Statement, ...]:
    """The statements of a turn in order; they depend on this turn alone."""
    found: dict[str, Statement] = {}
    for sentence in split_sentences(text):
        if sentence.is_question:
            continue
        for clause in split_clauses(sentence.text):
            statement = _read_clause(clause, sentence.text, speaker, spoken_on)
            if statement is not None:
                found.setdefault(statement.text, statement)
    return tuple(found.values())


def _read_clause(
    clause: str, quote: str, speaker: Speaker, spoken_on: date | None
) -> Statement | None:
    phrases: tuple[str, ...] = ()
    if spoken_on is not None:
        resolved = resolve_dates(clause, spoken_on)
        clause, phrases = resolved.text, resolved.phrases
    text = rewrite_clause(clause, speaker)
    return Statement(text, quote, "; ".join(phrases) or None) if text else None
