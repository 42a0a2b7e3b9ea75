"""The pause before work that failed is tried again."""

from shared.domain.thread_state import Retry

_HOUR = 3600.0


def defer(retry: Retry | None, now: float, first_pause: float, longest: float = _HOUR) -> Retry:
    """The retry after one more failure: pauses double from `first_pause` to `longest` (seconds)."""
    before = retry or Retry()
    pause = min(longest, first_pause * 2.0 ** min(before.failures, 16))
    return Retry(failures=before.failures + 1, first_at=before.first_at or now, next_at=now + pause)
