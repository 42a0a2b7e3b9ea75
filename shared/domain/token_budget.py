"""A user's budget of tokens a UTC day: what is spent of it, and until when work is put off.

The state counts tokens for ever, which a patch can add to without reading; a day's share is what
has come since the count at the day's first plan.
"""

from datetime import UTC, datetime, timedelta

from shared.domain.user_state import UserState


def begin_day(state: UserState, now: float) -> UserState:
    """The state with the day of `now` (Unix seconds) begun, if it was not."""
    day = utc_day(now)
    if state.token_day == day:
        return state
    return state.model_copy(update={"token_day": day, "tokens_before_day": state.tokens})


def put_off_until(state: UserState, daily_tokens: int, now: float) -> float:
    """When the next UTC day begins, in Unix seconds, if the day's budget is spent; else 0.

    A budget of 0 is none. The work that crosses the budget is finished.
    """
    state = begin_day(state, now)
    if not daily_tokens or state.tokens - state.tokens_before_day < daily_tokens:
        return 0.0
    midnight = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1)).timestamp()


def utc_day(now: float) -> str:
    """The UTC day of a Unix time, as YYYY-MM-DD."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()
