"""When a lease counts as expired: this host has not seen it change for the whole interval.

The real trigger compares the timestamp that the owner wrote with its own clock, so a clock that is
behind loses its leases while it works, and one that is ahead keeps them after its host died. Here
no two clocks are compared: a renewal changes the document's etag, and each host measures how long
it has seen the same one. The price: a host that has just started waits one interval even for an
owner that has been silent for long (see owners.py for the owners that it need not wait for).
"""


class Sightings:
    """What this host saw of leases; all times are seconds of one monotonic clock."""

    def __init__(self, expiration_seconds: float) -> None:
        self._expiration = expiration_seconds
        self._seen: dict[str, tuple[str, float]] = {}

    def note(self, etags: dict[str, str], now: float) -> None:
        """Record the etag of every lease there is, by id."""
        self._seen = {
            lease_id: self._seen[lease_id]
            if lease_id in self._seen and self._seen[lease_id][0] == etag
            else (etag, now)
            for lease_id, etag in etags.items()
        }

    def is_expired(self, lease_id: str, now: float) -> bool:
        """Say whether a noted lease has been the same for longer than the interval."""
        return now - self._seen[lease_id][1] > self._expiration
