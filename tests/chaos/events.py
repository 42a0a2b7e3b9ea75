"""What happens in a seed, and when."""

from dataclasses import dataclass
from typing import Any

LATE_SECONDS = 2.0
"""How long turns are written after the storm: what it has left behind meets new work."""


@dataclass(frozen=True)
class Event:
    """Something that happens so many seconds into the storm."""

    at: float
    kind: str
    detail: dict[str, Any]
