"""Physical partitions: how the space of effective partition keys is divided, and divided again.

An effective partition key (EPK) is a hex string, so ranges compare as strings do. The two top bits
of every hash are cleared: all keys lie below 40, although the last range is written to end at FF.
"""

from dataclasses import dataclass
from itertools import pairwise

from local.cosmos.errors import bad_request
from local.cosmos.partition_key import MAX_EPK, MIN_EPK

# Three hashes of a hierarchical key, 16 bytes each.
_DIGITS = 96
_SHOWN_DIGITS = 32
_END_OF_HASHES = 0x40 * 16 ** (_DIGITS - 2)


@dataclass(frozen=True)
class PartitionRange:
    """The EPKs from minimum up to, not including, maximum; parents are all that it came from."""

    id: str
    minimum: str
    maximum: str
    parents: tuple[str, ...] = ()


def divide_keys(count: int) -> tuple[PartitionRange, ...]:
    """As many physical partitions of the same width."""
    inner = [_to_epk(_END_OF_HASHES * at // count) for at in range(1, count)]
    limits = [MIN_EPK, *inner, MAX_EPK]
    return tuple(
        PartitionRange(str(at), low, high) for at, (low, high) in enumerate(pairwise(limits))
    )


def split_range(
    ranges: tuple[PartitionRange, ...], part: PartitionRange, at: str | None = None
) -> tuple[PartitionRange, PartitionRange]:
    """The two children of one of the ranges: cut in the middle, or at an EPK.

    Raises:
        CosmosError: 400, the EPK does not lie within the range.
    """
    low = _to_number(part.minimum)
    high = _END_OF_HASHES if part.maximum == MAX_EPK else _to_number(part.maximum)
    middle = _to_epk((low + high) // 2) if at is None else at.upper()
    if not part.minimum < middle < part.maximum or set(middle) - set("0123456789ABCDEF"):
        raise bad_request(
            f"Partition '{part.id}' has the keys from '{part.minimum}' to '{part.maximum}': "
            f"'{middle}' does not lie between them."
        )
    first = 1 + highest_range_id(ranges)
    parents = (*part.parents, part.id)
    return (
        PartitionRange(str(first), part.minimum, middle, parents),
        PartitionRange(str(first + 1), middle, part.maximum, parents),
    )


def highest_range_id(ranges: tuple[PartitionRange, ...]) -> int:
    """The highest id that a container ever gave to a partition: a split gives higher ones."""
    return max(int(name) for part in ranges for name in (part.id, *part.parents))


def _to_number(epk: str) -> int:
    return int(epk.ljust(_DIGITS, "0"), 16)


def _to_epk(number: int) -> str:
    return f"{number:0{_DIGITS}X}".rstrip("0").ljust(_SHOWN_DIGITS, "0")
