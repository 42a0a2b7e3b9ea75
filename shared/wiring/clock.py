"""The clock of a running worker."""

import time


class SystemClock:
    """The time of this machine."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()
