"""What a store hands out to be written back under a condition."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Versioned[T]:
    """A value and the ETag under which it was read or written."""

    value: T
    etag: str
