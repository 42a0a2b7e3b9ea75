from shared.domain.retrying import defer
from shared.domain.thread_state import Retry


def test_pauses_double_from_the_first_to_an_hour() -> None:
    retry: Retry | None = None
    pauses: list[float] = []
    for _ in range(9):
        retry = defer(retry, now=1000.0, first_pause=60.0)
        pauses.append(retry.next_at - 1000.0)
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_retry_knows_how_often_and_since_when_it_failed() -> None:
    first = defer(None, now=10.0, first_pause=60.0)
    second = defer(first, now=100.0, first_pause=60.0)
    assert (first.failures, first.first_at) == (1, 10.0)
    assert (second.failures, second.first_at, second.next_at) == (2, 10.0, 220.0)


def test_failing_for_ever_does_not_overflow() -> None:
    tired = Retry(failures=100_000, first_at=1.0, next_at=2.0)
    assert defer(tired, now=10.0, first_pause=60.0).next_at == 3610.0
