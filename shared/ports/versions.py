"""What a store hands out to be written back under a condition."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Versioned[T]:
    """A value and the ETag under which it was read or written."""

    value: T
    etag: str


@dataclass(frozen=True, slots=True)
class Counted[T](Versioned[T]):
    """A state after things were counted in it; `fresh` is how many this call found uncounted.

    After a lost reply the next call finds them counted: over all calls `fresh` may fall short.
    """

    fresh: int
