"""What people say without telling anything: passing states, politeness, figures of speech."""

import re
from typing import Final

from local.model.language.content import content_words
from local.model.words import word_set

_PASSING: Final = word_set(
    """
    sure fine good well great ok okay alright back here there up sorry afraid curious impressed with
    all done ready right wrong kidding joking serious aware honored honoured flattered touched
    amazed blown speechless jealous like saying wondering asking guessing talking telling doing
    feeling getting seeing making on in down free available just so too as at about that
    this it what where why how one your you confident convinced positive certain loving missing
    reminded remembering off surprised shocked bummed unsure late early busy tired swamped real
    exhausted beat bored content
    """
)
_FEELINGS: Final = word_set(
    """
    excited happy proud grateful thankful lucky stoked pumped nervous worried glad thrilled
    interested keen eager determined passionate hopeful anxious scared hyped psyched blessed
    fortunate inspired motivated relieved
    """
)
_FEELING_ABOUT = re.compile(r"^(?:about|to|for|of|that|by|with|in|on)\b\s*(?P<matter>.*)$")
_FEELING_TALK = re.compile(
    r"^(?:to\s+(?:hear|see\s+(?:how|what|where)|help|share|say|know|chat|answer|assist|be)\b"
    r"|(?:for|of)\s+(?:the\s+|all\s+)?(?:support|help|love|advice)\b)",
    re.IGNORECASE,
)
_TALK_BY_VERB: Final = {
    "want": r"to\s+(?:thank|say|know|hear|make\s+sure|let|ask|tell|see\s+(?:how|what|if)|share|wish"
    r"|add|point|check|give|show|be\s+able)\b|nothing|something",
    "need": r"to\s+(?:go|run|head|get\s+going|know|ask|tell|check|see|think|talk)\b"
    r"|(?:a|some)\s+(?:break|moment|minute|hand|sec)|help\s+with\s+something",
    "hope": r"(?!to\s)|to\s+(?:hear|see\s+(?:you|it)|talk|chat|do)\b",
    "have": r"(?:a\s+|an\s+|any\s+|no\s+|some\s+|one\s+)?(?:\w+\s+)?(?:question|idea|feeling|point"
    r"|clue|doubt|look|fun|faith|blast|chat|thought|time|moment|day|problem|update)s?\b(?!\s+with)"
    r"|to\s+(?:go|run|say|admit|agree|head|ask|tell|confess|get|think|be|check)\b"
    r"|(?:been|heard|seen|thought|noticed|said|told|meant)\s*(?:a\s+lot|it|that)?$|heard|meant",
    "get": r"it\b|how\b|why\b|that\b|what\b|the\s+(?:idea|point|feeling|picture)"
    r"|a\s+(?:feeling|kick)|to\s+say",
    "got": r"it\b|that\b|the\s+(?:idea|point)|some\s+news|news|a\s+(?:question|sec)|your",
    "can": r"(?:see|imagine|tell|understand|relate|help|do|try|hear|feel|agree|picture|believe"
    r"|find|look|suggest|check|say|keep|guess|wait|recommend|share|send|give|show|get|be|add|also"
    r"|appreciate|assure|count|confirm|come|use|certainly|set|remind|remember|make|draft|book|put)\b",
    "cannot": r"(?:wait|believe|imagine|thank|say|remember|decide|stop|help|think|tell|even|get|see"
    r"|find|promise|express|describe|agree|argue|be|seem|do|recommend|resist|put|forget)\b",
    "will": r"(?:let|keep|try|check|be\s+(?:sure|there|here|cheering|happy|fine)|never\s+forget"
    r"|send|look|do|see|make\s+sure|have|tell|give|show|take\s+(?:it|that|a\s+look)|add|always\s+be"
    r"|get|think|definitely|talk|remember|share|put|note|note|start\s+by|come|go\s+with)\b",
    "might": r"(?:as\s+well|have|be|do|say)\b",
    "must": r"(?:say|admit|have|be|agree)\b",
    "would": r"(?:\w+\s+)*(?:hear|see\s+(?:it|them|that)|know|help|chat|join|say|recommend|suggest"
    r"|think|be|do|talk|come)\b",
    "like": r"(?:the|that|your|how)\s+(?:idea|sound|look|way)|how\b|what\b|it\b",
    "love": r"(?:how|what|that|when|hearing|seeing|your|the\s+(?:idea|way|sound|thought|look))\b"
    r"|to\s+(?:hear|see\s+(?:it|how)|help)\b|it\b",
    "loved": r"(?:how|what|that|it|every\s+(?:minute|second))\b",
    "find": r"(?:it|that|out)\b",
    "found": r"(?:it|that|them)\b",
    "keep": r"(?:it|that|you)\b",
    "look": r"(?!forward\s+to\b)|forward\s+to\s+(?:it|hear|see)",
    "feel": r".*",
    "wish": r".*",
    "mind": r".*",
    "talk": r"(?!to\b|with\b)",
    "test": r"$",
    "worry": r"(?!about\b)",
    "wanted": r"to\s+(?:say|let|tell|share|ask|thank|check|show|see\s+(?:how|if))\b",
    "noticed": r".*",
    "agreed": r".*",
    "figured": r".*",
    "guessed": r".*",
    "hoped": r".*",
    "asked": r"(?:it|that|if)\b",
    "told": r".*",
    "thought": r".*",
    "knew": r".*",
    "heard": r".*",
    "promised": r".*",
    "appreciated": r".*",
    "mentioned": r".*",
    "forgot": r"(?:about\s+)?(?:it|that)\b|to\s+(?:say|mention|tell|ask)",
    "saw": r"(?:it|that|your|how)\b",
    "tried": r"(?:it|that|to\s+(?:call|reach))\b",
    "go": r"with\b|on\b|ahead\b",
    "let": r".*",
    "bet": r".*",
    "hit": r".*",
    "beat": r".*",
    "hurt": r"$",
    "care": r"(?!about\s+\w{4,}|for\s+(?:my|our))",
    "mentor": r"$",
    "stand": r"(?!by\s+my)",
    "hold": r"(?:on|that)\b",
    "use": r"(?:it|that|this)\b",
}
_NEGATIVE_TALK: Final = word_set("have get care mind see find look worry want feel need let make")
_NEGATIVE_FACT = re.compile(
    r"^(?:\w+\s+)*?(?:to|a|an|any|my|the)\s+(?!time|idea|clue|words|problem)"
)
_TALK: Final = {verb: re.compile(pattern) for verb, pattern in _TALK_BY_VERB.items()}


def is_small_talk(verb: str, rest: str, *, negative: bool = False) -> bool:
    """Whether a verb with what follows it says nothing that is worth keeping."""
    if negative and verb in _NEGATIVE_TALK and not _NEGATIVE_FACT.match(rest):
        return True
    pattern = _TALK.get(verb)
    return bool(pattern and pattern.match(rest.lower()))


def is_passing_state(complement: str, following: str, *, past: bool) -> bool:
    """Whether "I am/was ..." tells a mood or a courtesy; a feeling counts by its matter."""
    following = following.lower()
    if complement in _FEELINGS:
        about = _FEELING_ABOUT.match(following)
        if about is None or _FEELING_TALK.match(following):
            return True
        return not content_words(about.group("matter"))
    if complement in _PASSING or (complement == "a" and following.startswith(("bit ", "little "))):
        return True
    if complement in ("thinking", "hoping", "looking", "trying", "going"):
        return _is_vague_activity(complement, following)
    return past and complement in ("thinking", "wondering", "hoping", "going")


def _is_vague_activity(complement: str, following: str) -> bool:
    wanted = {
        "thinking": r"(?:of|about)\s+\w+ing\b",
        "hoping": r"to\b",
        "looking": r"(?:for|forward\s+to|into)\b",
        "trying": r"(?:to|out)\b",
        "going": r"(?:to|on|for|through|back|camping|with)\b",
    }
    return not re.match(wanted[complement], following)
