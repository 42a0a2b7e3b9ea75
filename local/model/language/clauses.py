"""Clauses of a sentence that may each be a statement of the speaker's."""

import re
from collections.abc import Iterator
from typing import Final

_CONTRACTIONS: Final = {
    "im": "I'm",
    "ive": "I've",
    "dont": "don't",
    "didnt": "didn't",
    "cant": "can't",
    "wont": "won't",
    "wasnt": "wasn't",
    "isnt": "isn't",
    "havent": "haven't",
    "couldnt": "couldn't",
}
_BARE_CONTRACTION = re.compile(r"\b(" + "|".join(_CONTRACTIONS) + r")\b", re.IGNORECASE)
_NOT_SPOKEN = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d*_#]|(?<!\\S)[:;]-?[)(DPp](?!\\S)"
)
_OPENER = re.compile(
    r"""^(?:
    (?:oh|ooh|wow|whoa|woah|yeah|yea|yep|yes|yup|nope|no|well|so|and|but|or|hey|hi|hello|haha|lol
    |ok|okay|sure|thanks|thank\ you|actually|honestly|anyway|anyways|also|plus|btw|by\ the\ way|fyi
    |man|gosh|aw+|hm+|um|uh|cool|great|nice|awesome|absolutely|definitely|exactly|true|totally
    |luckily|fortunately|unfortunately|sadly|thankfully|hopefully|to\ be\ honest|tbh|in\ fact
    |for\ sure|of\ course|as\ you\ know|you\ know|i\ mean|look|right|alright|all\ right|still|then
    |now    |just\ so\ you\ know|for\ the\ record|for\ context
    |(?:good|bad|great)\ news
    |(?:quick|small)\ update|good\ question|one\ more\ thing|same\ here
    |(?:please\ )?(?:note|remember|keep\ in\ mind)(?:\ that)?|important|correction|update|me\ too
    |on\ (?:another|a\ different|that)\ note|sounds\ (?:good|great|perfect)|perfect|got\ it|i\ see
    |likewise|sorry|good\ to\ know|noted)
    (?:\s*[,!:.]+\s*|\s+)
    |(?-i:[A-Z][\w']+[,!]\s+)(?=(?-i:I\b|My\b|We\b|my\b|we\b))
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_BREAK = re.compile(
    r"\s+(?:-{1,2}|–|—)\s*|(?<=\w)(?:--|—)\s*|(?<=\w)-\s+(?=(?:I|it|they|this|we)\b)|\s*;\s+|:\s+(?=(?:I|my)\b)"
)
_FIRST_PERSON = r"(?:(?:also|then|now|still|just|really|sometimes)\s+)?(?:I|we|my|our)\b"
_NEXT_STATEMENT = re.compile(
    rf"(?:,?\s+(?:and|but|so|and\s+so|plus|yet)|,)\s+(?={_FIRST_PERSON})", re.IGNORECASE
)
_OTHERS = (
    r"(?:it|that|this|they|he|she|you|there|these|those|everyone|everything|what|let|who|thanks"
    r"|how|why|any|maybe|the|her|his|their|your)\b"
)
_TAIL = re.compile(
    rf"(?:,?\s+(?:and|but|so|although|though)(?:\s+then)?(?!\s+that\s+I)\s+(?={_OTHERS})"
    r"|,\s+(?=(?:it|that|this|they|he|she|you|there)\b)|,?\s+(?:and|but)\s+not\s+just\b"
    r"|,\s+so\b(?!\s+that)|,\s+the\s+\w+\s+(?:is|are|was|were)\b|,\s+(?:such|which|take|check|look|see|let|plus)\b|,?\s+(?:right|haha|lol|you\s+know|of\s+course|though|huh|tbh|I\s+think|I\s+guess"
    r"|by\s+the\s+way)\s*(?=[,.!?]|$)|,\s+\w+ing\s+(?:\w+\s+){0,3}?(?:would|is|was)\b|,\s+(?:especially|hopefully|thanks)\b|\.\.+|…)",
    re.IGNORECASE,
)
_VOCATIVE_TAIL = re.compile(r"(?<![A-Z])(\b[a-z][\w']*),\s+[A-Z][a-z]+\s*$")
_KIN = re.compile(
    r"(?:sister|brother|wife|husband|partner|son|daughter|friend|boss|dog|cat|city|town|city|in)$"
)
_ELLIPSIS = re.compile(
    r"^(?:been\s+\w+ing|gonna(?!\s+be)|hoping\s+to|planning\s+to|looking\s+forward\s+to)\b",
    re.IGNORECASE,
)
_HAS_SPEAKER = re.compile(r"\b(?:I|we|my|our|me)\b", re.IGNORECASE)
_SPEAKER_ACTS = re.compile(r"\b(?:I|we)\b", re.IGNORECASE)
_SUBORDINATE = re.compile(
    r"(?:when|if|since|after|before|while|as|because|although|though|once|until|whenever)\b",
    re.IGNORECASE,
)
_STARTS_STATEMENT = re.compile(r"^(?:I|we|my|our)\b", re.IGNORECASE)
_JOINT_SUBJECT = re.compile(r"^(?:my|our)\s+\w+(?:\s+\w+)?$", re.IGNORECASE)


def normalise_words(text: str) -> str:
    """The text as rules want it: straight quotes, no emoji, contractions with their apostrophe."""
    text = text.translate(str.maketrans("‘’“”", "''\"\""))
    text = _NOT_SPOKEN.sub(" ", text)
    text = _BARE_CONTRACTION.sub(lambda match: _CONTRACTIONS[match.group(1).lower()], text)
    return " ".join(text.split())


def split_clauses(sentence: str) -> Iterator[str]:
    """The clauses of a sentence, without greetings before and remarks behind them.

    A clause ends where the next statement of the speaker's begins ("... and I ..."), and where the
    talk turns to something else ("... and it was great").
    """
    for part in _BREAK.split(normalise_words(sentence)):
        part = _ELLIPSIS.sub(_restore_subject, _strip_openers(part))
        for clause in _split_statements(part):
            stripped = _strip_tail(_strip_openers(clause))
            if stripped:
                yield stripped


def _restore_subject(match: re.Match[str]) -> str:
    word = match.group().lower()
    return f"I've {word}" if word.startswith("been") else f"I'm {word}"


def _split_statements(part: str) -> Iterator[str]:
    start = 0
    for match in _NEXT_STATEMENT.finditer(part):
        head = part[start : match.start()]
        if not _is_statement(_strip_openers(head)):
            continue
        yield head
        start = match.end()
    yield part[start:]


def _is_statement(head: str) -> bool:
    """Whether a piece has said something already, and the next "I" begins anew."""
    if _JOINT_SUBJECT.match(head):  # "my wife and I"
        return False
    if _STARTS_STATEMENT.match(head):
        return True
    return bool(_SPEAKER_ACTS.search(head)) and not _SUBORDINATE.match(head)


def _strip_openers(clause: str) -> str:
    while match := _OPENER.match(clause):
        clause = clause[match.end() :]
    return clause.strip()


def _strip_tail(clause: str) -> str:
    tail = _TAIL.search(clause)
    if tail and _HAS_SPEAKER.search(clause[: tail.start()]):
        clause = clause[: tail.start()]
    clause = clause.rstrip(" .!,:;")
    vocative = _VOCATIVE_TAIL.search(clause)
    if vocative and not _KIN.search(vocative.group(1)):
        clause = clause[: vocative.end(1)]
    return clause.strip()
