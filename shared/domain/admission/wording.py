"""The words of a text that say what it is about, for comparing who said what."""

import re

from shared.domain.text import comparison_form

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|es|ed|e|s)$")
_STEM = 5
_SHORTEST = 3
_TEXT_FILLERS = """
    the and for that this with from has have had was were are is be been will would can could
    should user agent assistant their his her they them its who what which when where about
    into onto over says said told states stated mentioned wants wanted not does did named
    called also very just you your our mine yours she him but than then there here all any
    some one two now
"""
_FILLERS = frozenset(_TEXT_FILLERS.split())
_TEXT_NEGATIONS = """
    not no never none cannot cant dont doesnt isnt wasnt wont without nicht kein keine nie
    nunca jamás pas jamais non mai não нет не никогда hates dislikes stopped quit
"""
_NEGATIONS = frozenset(_TEXT_NEGATIONS.split())


def topic_words(text: str) -> frozenset[str]:
    """Stems of the text's words without fillers; pairs of characters in scripts without spaces."""
    stems: set[str] = set()
    for word in _WORD.findall(comparison_form(text)):
        if _UNSPACED.search(word):
            stems |= {word[i : i + 2] for i in range(max(1, len(word) - 1))}
        elif (len(word) >= _SHORTEST and word not in _FILLERS) or word.isdigit():
            stems.add(_ENDING.sub("", word)[:_STEM])
    return frozenset(stems)


def is_negated(text: str) -> bool:
    """Whether a word of the text denies something; a text and its contrary differ in it."""
    words = _WORD.findall(comparison_form(text).replace("'", ""))
    return sum(word in _NEGATIONS for word in words) % 2 == 1
