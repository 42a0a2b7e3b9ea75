"""How far the sweeper has looked for turns that the trigger never saw."""

from shared.domain.turns import Frozen


class ScanMark(Frozen):
    """The server time (Unix seconds) before which every turn was counted.

    A scan that ran out of time is not `complete`: the next one goes on at the mark. After a
    complete one the next look reaches back a little, as replicas and clocks differ.
    """

    until: int = 0
    complete: bool = True

    def start_of_next(self, overlap: float) -> int:
        """Where the next scan begins."""
        return max(0, int(self.until - overlap)) if self.complete else self.until
