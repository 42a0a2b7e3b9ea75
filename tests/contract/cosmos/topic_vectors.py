"""Vectors that say which topics a text names; for the tests and for the public SDK's process."""

TOPICS = ("tea", "coffee", "cat", "flight", "delete", "report", "garden")
DIMENSIONS = len(TOPICS) + 1


def embed(text: str) -> list[float]:
    """One number a topic, and a last one that no text is without."""
    words = text.lower().replace(".", " ").split()
    return [float(words.count(topic)) for topic in TOPICS] + [0.1]
