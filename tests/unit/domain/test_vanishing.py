"""Which turns must exist: none of a container that was replaced, whatever the app's clock says."""

from shared.domain.vanishing import SeenTurn, TurnContainer, Walk, begin_walk, should_exist

LAST = Walk(number=1, container="first")
CREATED = 10_000


def walk_over(container: str, now: float) -> Walk:
    found = TurnContainer(identity=container, default_ttl=None, written_at=CREATED)
    return begin_walk(LAST, found, now)


def test_a_turn_of_the_container_before_is_not_looked_for_by_a_clock_that_is_behind() -> None:
    behind = CREATED - 5.0
    walk = walk_over("second", behind)
    before, since = (
        SeenTurn(turn_id="turn", written_at=at, lifetime=-1, chunk=1)
        for at in (CREATED, CREATED + 1)
    )
    assert not should_exist(before, walk, behind)
    assert should_exist(since, walk, behind)


def test_turns_of_all_times_are_looked_for_in_a_container_that_is_the_same() -> None:
    turn = SeenTurn(turn_id="turn", written_at=1, lifetime=-1, chunk=1)
    assert should_exist(turn, walk_over("first", CREATED), CREATED)
