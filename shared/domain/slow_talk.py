"""Conversations that trickle in: their extractions are many and small, what follows need not be.

Each tail that a silence flushes is an extraction of its own, so that its memories are there soon.
Summaries and profiles that followed such tails at their usual cadence would cost a slow
conversation almost twice the calls of a quick one. They wait for more turns instead, or for the
long silence after which everything is brought up to date.
"""

PATIENCE = 4
_FEWEST_CHUNKS = 3


def is_slow(turns: int, chunks: int, full_chunk: int) -> bool:
    """Whether so many turns came in chunks that are at most half full on average.

    A few chunks tell nothing yet. Nor does their size where turns are not extracted: there no chunk
    is ever full, `full_chunk` is 0.
    """
    return chunks >= _FEWEST_CHUNKS and 2 * turns <= chunks * full_chunk
