"""Whether a text says what was learnt."""

import re

_LESSON = re.compile(r"\b(?:next time|from now on|lesson|should have|turns out)\b", re.IGNORECASE)


def tells_lesson(text: str) -> bool:
    """Whether the text has the words of somebody who draws a lesson."""
    return _LESSON.search(text) is not None
