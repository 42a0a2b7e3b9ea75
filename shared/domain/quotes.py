"""Whether a quote stands in a turn, however either is written."""

import re

from shared.domain.text import comparison_form

_FRAME = " \"'.…-"
# Scripts that put no space between words, or hang endings onto them: any cut is a word's end there.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


def stands_in(quote: str, content: str) -> bool:
    """Whether the quote is a passage of the content, from the start of a word to an end of one.

    "like tea" does not stand in "I dislike tea".
    """
    passage, whole = comparison_form(quote), comparison_form(content)
    return _find(passage, whole) or _find(passage.strip(_FRAME), whole)


def _find(passage: str, whole: str) -> bool:
    if not passage:
        return False
    start = whole.find(passage)
    while start >= 0:
        end = start + len(passage)
        if _is_edge(whole, start) and _is_edge(whole, end):
            return True
        start = whole.find(passage, start + 1)
    return False


def _is_edge(text: str, index: int) -> bool:
    if index in (0, len(text)):
        return True
    around = text[index - 1 : index + 1]
    return not around.isalnum() or bool(_UNSPACED.search(around))
