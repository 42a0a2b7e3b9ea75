"""Conversations that trickle in: their extractions are many and small, what follows need not be.

Each tail that a silence flushes is an extraction of its own, so that its memories are there soon.
Summaries and profiles that followed such tails at their usual cadence would cost a slow
conversation almost twice the calls of a quick one. They wait for more turns instead, or for the
long silence after which everything is brought up to date.
"""

PATIENCE = 4
MAX_CHUNK_TURNS = 20
_FEWEST_CHUNKS = 3


def is_slow(turns: int, chunks: int, extract_every: int) -> bool:
    """Whether so many turns came in chunks that are at most half full on average.

    A few chunks tell nothing yet. Nor does their size where turns are not extracted. A chunk is
    full at the cadence, and at the most turns that it can hold.
    """
    full = min(extract_every, MAX_CHUNK_TURNS)
    return chunks >= _FEWEST_CHUNKS and 2 * turns <= chunks * full
