"""Things to be done, as the turns of a thread name them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from local.model.answers.conversation import Turn
from local.model.json_values import JsonObject
from local.model.language.clauses import normalise_words
from local.model.language.content import addresses_listener, has_matter, points_elsewhere
from local.model.language.dates import resolve_dates
from local.model.language.pronouns import to_third_person
from local.model.language.sentences import split_sentences

_DUTY = re.compile(
    r"\b(?:still )?(?:needs to|has to|must|is supposed to) (?P<task>(?!be\b)[a-z]+ .+?)\.?$"
)
_REMINDER = re.compile(
    r"\b(?:remind me to|don't let me forget to|I mustn't forget to|I need to remember to)\s+"
    r"(?P<task>[a-z][^.!?]+)",
    re.IGNORECASE,
)
_DEADLINE = re.compile(
    r"\b(?:on|by|before|until|in|for) "
    r"(?P<date>(?:the \w+ of )?(?:\d{1,2} )?(?:[A-Z][a-z]+ )\d{4})\b"
)


def find_action_items(turns: Sequence[Turn]) -> Iterator[JsonObject]:
    """The duties that speakers state and the reminders that they ask for, in order."""
    for turn in turns:
        if turn.role in ("user", "agent"):
            for task in (*_duties(turn), *_reminders(turn)):
                yield _describe(turn, task)


def _duties(turn: Turn) -> Iterable[str]:
    for statement in turn.statements:
        if match := _DUTY.search(statement.text):
            yield match.group("task")


def _reminders(turn: Turn) -> Iterable[str]:
    for sentence in split_sentences(turn.text):
        match = _REMINDER.search(normalise_words(sentence.text))
        if match is None:
            continue
        task = match.group("task").strip()
        if turn.spoken_on is not None:
            task = resolve_dates(f"will {task}", turn.spoken_on).text.removeprefix("will ")
        if has_matter(task) and not addresses_listener(task) and not points_elsewhere(task):
            yield to_third_person(task)


def _describe(turn: Turn, task: str) -> JsonObject:
    deadline = _DEADLINE.search(task)
    name = turn.speaker.name
    return {
        "owner": name[:1].upper() + name[1:],
        "task": task[:1].upper() + task[1:],
        "deadline": deadline.group("date") if deadline else None,
    }
