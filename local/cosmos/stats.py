"""What was asked of the server: counted by operation, container and user agent."""

from collections import Counter
from dataclasses import dataclass, field

from local.cosmos.values import Document


@dataclass(slots=True)
class _Tally:
    count: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    request_units: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter[int])


class Stats:
    """Counts since the start or the last reset."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str, str], _Tally] = {}

    def add(
        self,
        name: tuple[str, str, str],
        *,
        status: int,
        request_bytes: int,
        response_bytes: int,
        request_units: float,
    ) -> None:
        """Count a request under (operation, container, user agent)."""
        tally = self._tallies.get(name)
        if tally is None:
            tally = self._tallies[name] = _Tally()
        tally.count += 1
        tally.request_bytes += request_bytes
        tally.response_bytes += response_bytes
        tally.request_units += request_units
        tally.statuses[status] += 1

    def reset(self) -> None:
        """Forget everything."""
        self._tallies.clear()

    def describe(self) -> Document:
        """The counts as GET /_stats shows them; the container of metadata requests is empty."""
        return {
            "requests": [
                {
                    "operation": operation,
                    "container": container,
                    # A header: not every byte of it need be text.
                    "user_agent": user_agent.encode(errors="replace").decode(),
                    "count": tally.count,
                    "request_bytes": tally.request_bytes,
                    "response_bytes": tally.response_bytes,
                    "request_units": round(tally.request_units, 2),
                    "statuses": {str(status): n for status, n in tally.statuses.items()},
                }
                for (operation, container, user_agent), tally in self._tallies.items()
            ]
        }
