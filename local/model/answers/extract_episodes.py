"""The episode of one stretch of a conversation: what was said and done, and how it ended."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from local.model.answers.conversation import Turn, read_turns
from local.model.answers.summarize_thread import fold_summary
from local.model.json_values import Json, JsonObject, as_texts, parse_object
from local.model.language.lessons import tells_lesson
from local.model.language.sentences import split_sentences

MOST_EVENTS: Final = 8
MOST_LESSONS: Final = 3
LONGEST_SENTENCE: Final = 200

_FAILED = re.compile(
    r"\b(?:failed|did not work|didn't work|could not|couldn't|gave up|no luck|sold out)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:done|booked|reserved|works|worked|fixed|solved|confirmed|ordered|cancelled|canceled"
    r"|found|saved|sorted|sent|all set|thanks|thank you)\b",
    re.IGNORECASE,
)


def extract_episodes(prompt: str) -> JsonObject:
    """Answer ExtractEpisodes: one episode, none where nothing was said that can be quoted."""
    turns = read_turns(parse_object(prompt).get("turns"))
    events = _find_events(turns)
    if not events:
        return {"episodes": []}
    summary = fold_summary({}, turns)
    topics = as_texts(summary.get("topics"))
    names = list(dict.fromkeys(t.speaker.name for t in turns if t.role in ("user", "agent")))
    episode: JsonObject = {
        "title": f"A conversation about {topics[0]}" if topics else "A conversation",
        "summary": summary["overview"],
        "participants": list[Json](names),
        "events": list[Json](events),
        "outcome": _judge_outcome(turns),
        "lessons": list[Json](_find_lessons(turns)),
        "tags": list[Json](topics[:3]),
        "salience": 0.6,
        "confidence": 0.8,
    }
    return {"episodes": [episode]}


def _find_events(turns: Sequence[Turn]) -> list[JsonObject]:
    """What speakers state of themselves, else what they say first, a sentence a turn."""
    stated = [
        _describe_event(turn, statement.text, statement.quote)
        for turn in turns
        for statement in turn.statements[:1]
    ]
    said = [
        _describe_event(turn, f"{_name(turn)} said: {quote}", quote)
        for turn in turns
        if turn.role in ("user", "agent")
        for quote in list(_sentences(turn))[:1]
    ]
    return (stated or said)[:MOST_EVENTS]


def _describe_event(turn: Turn, description: str, quote: str) -> JsonObject:
    return {
        "description": description,
        "occurred_at": None,
        "turn_ids": [turn.id],
        "quote": quote,
    }


def _judge_outcome(turns: Sequence[Turn]) -> JsonObject | None:
    """How it ended, by the last sentences that say so; None where no agent took part."""
    if not any(turn.role == "agent" for turn in turns):
        return None
    for turn in reversed(turns):
        for sentence in reversed(list(_sentences(turn))):
            if _FAILED.search(sentence):
                return {"status": "failed", "description": sentence}
            if _DONE.search(sentence):
                return {"status": "successful", "description": sentence}
    return {"status": "unknown", "description": "The conversation ended without a result."}


def _find_lessons(turns: Sequence[Turn]) -> list[str]:
    said = (s for t in turns if t.role in ("user", "agent") for s in _sentences(t))
    return [sentence for sentence in said if tells_lesson(sentence)][:MOST_LESSONS]


def _sentences(turn: Turn) -> Iterator[str]:
    for sentence in split_sentences(turn.text):
        if 3 <= len(sentence.text) <= LONGEST_SENTENCE:
            yield sentence.text


def _name(turn: Turn) -> str:
    return turn.speaker.name[:1].upper() + turn.speaker.name[1:]
