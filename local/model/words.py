"""Word lists, written as text."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text that separates them by white space."""
    return frozenset(text.split())
