"""What kind of statement a third-person sentence is: category, weight, certainty, topics."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from local.model.language.content import EMPTY_WORDS, content_words
from local.model.language.topics import TOPICS
from local.model.language.verb_forms import BASE_VERBS, is_participle, is_past, third_person

type Category = Literal["preference", "requirement", "biographical", "other"]

STATED, HEDGED = 0.95, 0.75
SALIENCE: Final[dict[str, float]] = {
    "requirement": 0.9,
    "biographical": 0.8,
    "preference": 0.7,
    "plan": 0.6,
    "event": 0.5,
    "feeling": 0.3,
}
MOST_TAGS: Final = 3

_HEDGE = re.compile(
    r"\b(?:maybe|might|perhaps|probably|possibly|kind of|sort of|thinking (?:of|about)|considering"
    r"|hopes?|hoping|not sure|guess|tempted|would (?:like|love))\b",
    re.IGNORECASE,
)
_REQUIREMENT = re.compile(
    r"\bwants the agent\b|\b(?:is|are) (?:\w+ ){0,2}(?:allergic|intolerant|vegetarian|vegan"
    r"|pescatarian|diabetic|coeliac|celiac)\b|\bbudget\b|\bdeadline\b|\brequires\b|\bneeds\b|\bmust\b"
    r"|\b(?:cannot|does not) (?:eat|drink|have|take|use|fly|travel|work|share|spend)\b"
    r"|\bno longer eats?\b",
    re.IGNORECASE,
)
_FEELING = re.compile(
    r"\b(?:is|was|are) (?:so |really |very |super |truly |also |pretty )*(?:excited|happy|proud"
    r"|grateful|thankful|lucky|stoked|pumped|nervous|worried|glad|thrilled|motivated|relieved"
    r"|inspired|anxious|blessed)\b",
    re.IGNORECASE,
)
_PREFERENCE = re.compile(
    r"\b(?:likes|not like|loves?|loved|prefers?|enjoys?|enjoyed|adores?|hates?|dislikes?"
    r"|despises?|cherishes|favou?rites?|fan of|keen on|passionate about|would rather|cannot stand"
    r"|is (?:\w+ )?into|drawn to"
    r"|appreciates|interested in|does not (?:like|enjoy)|not a fan)\b",
    re.IGNORECASE,
)
_ROLE = (
    r"is an? (?:\w+ )?(?:\w+(?:er|or|ist|ian|ant|ent|eer|man|woman)|nurse|chef|mom|mum|dad|parent"
    r"|coach|pilot)"
)
_KIN = (
    r"(?:wife|husband|partner|sons?|daughters?|sisters?|brothers?|mother|father|mom|mum|dad|parents"
    r"|kids?|child|children|twins|family|dogs?|cats?|pets?)"
)
_BIOGRAPHICAL = re.compile(
    r"\b(?:lives?|lived|(?:works|worked|working) (?:at|as|for|in|from|with)|born|raised"
    r"|grew up|comes? from|is from|moved|started working|joined|married|engaged|divorced"
    r"|single|studie[sd]|graduated|degree"
    r"|name is|named|is called|speaks|years old|birthday|retired|adopted|drives an?|owns|job"
    rf"|{_ROLE}|has (?:an? |two |three |four |one |\d )(?:\w+ )?{_KIN})\b"
    rf"|'s (?:\w+ ){{0,2}}(?:{_KIN}|employer|company|boss)\b",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"\b(?:going to|planning|plans to|will|wants? to|hopes? to|hoping|looking forward|is (?:\w+ )?"
    r"(?:visiting|moving|starting|joining|travelling|traveling|flying|taking))\b",
    re.IGNORECASE,
)
_PROPER = re.compile(r"(?<=[a-z,'’] )[A-Z][\w&+'-]*(?:\s+[A-Z][\w&+'-]*)*")
_OBJECT = re.compile(
    r"\b(?:an?|the|their|some|two|three|new)\s+(?:[\w-]+\s+){0,2}?([\w-]{4,})"
    r"(?=\.?$|,|\s+(?:in|on|at|for|with|of|and|to|from|who|that|by|about|called|near|under)\b)"
)
_MONTH_OR_DAY: Final = re.compile(
    r"^(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|The|On|In)$"
)


@dataclass(frozen=True)
class Labels:
    """What is told of a statement beside its text; confidence and salience from 0 to 1."""

    category: Category
    confidence: float
    salience: float
    tags: tuple[str, ...]


def label_statement(text: str, speaker_name: str) -> Labels:
    """The labels of a third-person statement about the speaker."""
    category = _categorise(text)
    return Labels(
        category=category,
        confidence=HEDGED if _HEDGE.search(text) else STATED,
        salience=SALIENCE[_kind(text, category)],
        tags=_find_tags(text, speaker_name),
    )


def _categorise(text: str) -> Category:
    if _REQUIREMENT.search(text):
        return "requirement"
    if _FEELING.search(text):
        return "other"
    if _PREFERENCE.search(text):
        return "preference"
    return "biographical" if _BIOGRAPHICAL.search(text) else "other"


def _kind(text: str, category: Category) -> str:
    if category != "other":
        return category
    if _FEELING.search(text):
        return "feeling"
    return "plan" if _PLAN.search(text) else "event"


def _find_tags(text: str, speaker_name: str) -> tuple[str, ...]:
    plain = text.replace(speaker_name, " ") if speaker_name else text
    words = content_words(_PROPER.sub(" ", plain))
    tags = [TOPICS[word] for word in words if word in TOPICS]
    tags += [
        name.lower().removesuffix("'s").rstrip("+")
        for name in _PROPER.findall(text)
        if (not speaker_name or speaker_name not in name) and not _MONTH_OR_DAY.match(name)
    ]
    if not tags:
        tags += [word.lower() for word in _OBJECT.findall(text) if _is_noun(word.lower())][:1]
    if not tags:
        tags += [*(word for word in reversed(words) if _is_noun(word)), *words[-1:]][:1]
    return tuple(dict.fromkeys(tags))[:MOST_TAGS]


def _is_noun(word: str) -> bool:
    """A guess: what is no known verb form and no date."""
    if word in _NO_TOPICS or is_past(word) or is_participle(word):
        return False
    if word.endswith(("ing", "ly")) or _MONTH_OR_DAY.match(word.capitalize()):
        return False
    return len(word) > 3


_NO_TOPICS: Final = (
    BASE_VERBS | {third_person(verb) for verb in BASE_VERBS} | EMPTY_WORDS | {"user", "agent"}
)
