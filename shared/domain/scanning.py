"""How far the sweeper has looked for turns that the trigger never saw."""

from pydantic import Field

from shared.domain.turns import Frozen


class ScanMark(Frozen):
    """The server time (Unix seconds) before which every turn was counted.

    A scan that ran out of time is not `complete`: the next one goes on at the mark. After a
    complete one the next look reaches back a little, as replicas and clocks differ. From
    `owed_from` on (0: none) there are turns that could not be counted: the next scan begins there,
    once this one has seen all others; `owed_since` (Unix time, 0: none) is since when there are
    any. `stored_at` is when the store wrote the mark: what was written since cannot be behind it,
    although the clock that `until` was taken from may have said so.
    """

    until: int = 0
    complete: bool = True
    owed_from: int = 0
    owed_since: float = 0.0
    stored_at: int = Field(default=0, validation_alias="_ts", exclude=True)

    @property
    def counted_to(self) -> int:
        """What the mark says, but not later than when it was stored."""
        return min(self.until, self.stored_at, self.owed_from or self.until)

    def bounded(self, grace: float) -> "ScanMark":
        """The mark as a clock that agrees with the store's would have set it."""
        latest = max(0, int(self.stored_at - grace))
        return self.model_copy(update={"until": min(self.until, latest)})

    def start_of_next(self, overlap: float) -> int:
        """Where the next scan begins."""
        if not self.complete:
            return self.until
        return max(0, int(min(self.until, self.owed_from or self.until) - overlap))
