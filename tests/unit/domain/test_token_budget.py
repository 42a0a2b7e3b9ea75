from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.token_budget import begin_day, put_off_until
from shared.domain.user_state import UserState

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 7, 2, tzinfo=UTC).timestamp()
NEW = UserState(user_id="u")


def spent(tokens: int) -> UserState:
    """A user whose day began at noon with 500 tokens of earlier days, and who spent these since."""
    state = begin_day(NEW.model_copy(update={"tokens": 500}), NOON)
    return state.model_copy(update={"tokens": 500 + tokens})


def test_work_waits_for_the_next_utc_day_once_the_budget_is_spent() -> None:
    assert put_off_until(spent(99), 100, NOON) == 0
    assert put_off_until(spent(100), 100, NOON) == MIDNIGHT
    assert put_off_until(spent(100), 100, MIDNIGHT - 1) == MIDNIGHT


def test_the_next_day_begins_with_the_whole_budget() -> None:
    yesterday = spent(1000)
    assert put_off_until(yesterday, 100, MIDNIGHT) == 0
    today = begin_day(yesterday, MIDNIGHT)
    assert (today.token_day, today.tokens_before_day) == ("2026-07-02", 1500)
    assert begin_day(today, MIDNIGHT + 3600) == today


def test_a_budget_of_zero_is_none() -> None:
    assert put_off_until(spent(10**9), 0, NOON) == 0


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.floats(NOON, NOON + 10 * 86_400))
def test_work_that_is_put_off_is_so_for_less_than_a_day(
    tokens: int, budget: int, now: float
) -> None:
    until = put_off_until(spent(tokens), budget, now)
    assert until == 0 or 0 < until - now <= 86_400
