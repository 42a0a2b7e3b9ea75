"""A thread's summary, folded into the one before it."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from local.model.answers.action_items import find_action_items
from local.model.answers.conversation import Turn, read_turns
from local.model.answers.merging import StatementList, fold_repeats, pick_weightiest
from local.model.json_values import (
    Json,
    JsonObject,
    as_object,
    as_objects,
    as_text,
    as_texts,
    parse_object,
)
from local.model.language.dates import format_day
from local.model.language.labels import label_statement
from local.model.language.sentences import split_sentences
from local.model.language.topics import TOPICS

LONGEST_OVERVIEW: Final = 600
LONGEST_QUESTION: Final = 160
MOST_POINTS: Final = 12
MOST_SENTENCES: Final = 4
MOST_TOPICS: Final = 8

_DECISION = re.compile(
    r"\b(?:decided|chose|chosen|booked|reserved|agreed|signed up|settled on|went with|will go with"
    r"|picked|ordered|cancelled|canceled|switched to|going with)\b",
    re.IGNORECASE,
)
_UNSETTLED = re.compile(
    r"\b(?:has not (?:\w+ )?(?:decided|heard|found|booked|received|chosen)"
    r"|is still (?:looking|waiting|trying|figuring)|does not know|cannot decide)\b",
    re.IGNORECASE,
)
_ASKED = " asked: "


def summarize_thread(prompt: str) -> JsonObject:
    """Answer SummarizeThread."""
    request = parse_object(prompt)
    return fold_summary(as_object(request.get("previous")), read_turns(request.get("turns")))


def fold_summary(previous: JsonObject, turns: Sequence[Turn]) -> JsonObject:
    """The summary of a thread: what the previous one says, and what its newest turns add."""
    texts = [statement.text for turn in turns for statement in turn.statements]
    statements = StatementList()
    for text in [*as_texts(previous.get("key_points")), *texts]:
        statements.add(text)
    points = pick_weightiest(statements.texts(), MOST_POINTS)
    topics = _rank_topics(as_texts(previous.get("topics")), turns)
    issues = _find_issues(as_texts(previous.get("open_issues")), texts, turns)
    decisions = [*as_texts(previous.get("decisions")), *filter(_DECISION.search, texts)]
    actions = [*as_objects(previous.get("action_items")), *find_action_items(turns)]
    folded_actions = {as_text(action.get("task")).lower(): action for action in actions}
    return {
        "overview": _write_overview(turns, topics, points, issues),
        "key_points": list[Json](points),
        "decisions": list[Json](fold_repeats(decisions, MOST_POINTS)),
        "open_issues": list[Json](issues),
        "topics": list[Json](topics),
        "action_items": list[Json](list(folded_actions.values())[-MOST_POINTS:]),
    }


def _rank_topics(previous: list[str], turns: Sequence[Turn]) -> list[str]:
    """The topics of a thread: general ones before names and single words."""
    counts = Counter[str](dict.fromkeys(previous, 2))
    for turn in turns:
        for statement in turn.statements:
            counts.update(label_statement(statement.text, turn.speaker.name).tags)
    general = frozenset(TOPICS.values())
    ranked = sorted(counts, key=lambda topic: (topic not in general, -counts[topic]))
    return ranked[:MOST_TOPICS]


def _find_issues(previous: list[str], texts: list[str], turns: Sequence[Turn]) -> list[str]:
    """What is unsettled, and questions of the user that no agent turn follows."""
    answered = any(turn.role == "agent" for turn in turns)
    issues = [issue for issue in previous if not (answered and _ASKED in issue)]
    issues += filter(_UNSETTLED.search, texts)
    for turn in reversed(turns):
        if turn.role == "agent":
            break
        if turn.role == "user":
            issues += _questions_of(turn)[:1]
    return fold_repeats(issues, MOST_POINTS)


def _questions_of(turn: Turn) -> list[str]:
    name = _capitalise(turn.speaker.name)
    return [
        f"{name}{_ASKED}{' '.join(sentence.text.split())}"
        for sentence in split_sentences(turn.text)
        if sentence.is_question and 12 <= len(sentence.text) <= LONGEST_QUESTION
    ]


def _write_overview(
    turns: Sequence[Turn], topics: list[str], points: list[str], issues: list[str]
) -> str:
    names = list(
        dict.fromkeys(turn.speaker.name for turn in turns if turn.role in ("user", "agent"))
    )
    days = [turn.spoken_on for turn in turns if turn.spoken_on]
    opening = _capitalise(_join(names) or "the participants")
    opening += f" talked about {_join(topics[:3])}" if topics else " exchanged a few words"
    opening += f" on {format_day(max(days))}." if days else "."
    sentences = [opening]
    for sentence in pick_weightiest(points, MOST_SENTENCES) or issues[:MOST_SENTENCES]:
        if len(" ".join([*sentences, sentence])) <= LONGEST_OVERVIEW:
            sentences.append(sentence)
    return " ".join(sentences)


def _join(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
