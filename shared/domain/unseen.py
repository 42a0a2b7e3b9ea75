"""Characters that a reader does not see, and what is done about them.

They hide text from people and words from checks: zero-width and control characters, marks that
turn the order of a line around, tags and variation selectors that carry a message of their own.
A few of them are part of how people write: joiners inside emoji and in the scripts of Persia and
India, the selector that makes an emoji an emoji, the tags of a flag.
"""

import re
import unicodedata

_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{2,6}\U000e007f")
_NOT_SEEN = re.compile(
    f"[{_TAGS}{_SELECTORS}\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800]"
)
_TERMINAL = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")  # colours and moves of a terminal
_JOINERS = "\u200c\u200d"
_KEPT_CONTROLS = "\t\n\r"
_HIDDEN_CATEGORIES = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})


def hide_unseen(text: str) -> str:
    """The text with nothing in it that is not seen, for comparisons."""
    if text.isascii() and text.isprintable():
        return text
    seen = _NOT_SEEN.sub("", _TERMINAL.sub("", text))
    return "".join(c for c in seen if c in _KEPT_CONTROLS or not _is_hidden(c))


def neutralise_unseen(text: str) -> str:
    """The text as it may be stored: of the unseen only what people need."""
    if text.isascii() and text.isprintable():
        return text
    text = _TERMINAL.sub("", text)
    flags = [match.span() for match in _FLAG.finditer(text)]
    kept = [
        character
        for index, character in enumerate(text)
        if _is_needed(text, index) or any(start <= index < end for start, end in flags)
    ]
    return "".join(kept)


def _is_needed(text: str, index: int) -> bool:
    character = text[index]
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if character in _JOINERS:
        return _joins(character, before, after)
    if "\ufe00" <= character <= "\ufe0f":
        return bool(before) and not _is_selector(before) and not before.isspace()
    if "\U000e0100" <= character <= "\U000e01ef":  # variants of an ideograph
        return bool(before) and unicodedata.category(before) == "Lo"
    if _NOT_SEEN.match(character):
        return False
    return character in _KEPT_CONTROLS or not _is_hidden(character)


def _joins(character: str, before: str, after: str) -> bool:
    """Whether a joiner stands between what it can join: emoji, or letters of a joining script."""
    if not before or not after:
        return False
    if character == "\u200d" and unicodedata.category(after) == "So":
        return unicodedata.category(before) in ("So", "Sk") or _is_selector(before)
    return all(unicodedata.category(c) in ("Lo", "Mn", "Mc") for c in (before, after))


def _is_selector(character: str) -> bool:
    return bool(re.match(f"[{_SELECTORS}]", character))


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN_CATEGORIES
