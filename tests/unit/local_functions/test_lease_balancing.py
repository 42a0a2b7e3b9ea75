"""Which leases a host takes, and that all hosts come to hold equally many."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.functions.triggers.change_feed.balancing import Claim, choose_leases
from local.functions.triggers.change_feed.sightings import Sightings


def choose(me: str, *owners: str | None) -> list[str | None]:
    """Let a host choose among leases with these owners; returns the owners of those it takes."""
    claims = [Claim(str(n), owner) for n, owner in enumerate(owners)]
    return [owners[int(each)] for each in choose_leases(claims, me, Random(1))]


@pytest.mark.parametrize(
    ("owners", "taken"),
    [
        ((None, None, None), 3),  # alone: all
        (("me", None, None), 2),
        (("b", None, None, None), 1),  # not alone: one at a time
        (("me", "me", "b", None), 1),  # has its share, and yet none is left to nobody
        (("me", "b"), 0),
        (("b",), 0),  # one lease for two hosts stays where it is
        (("me", "me", "b"), 0),
    ],
)
def test_free_leases_are_taken_without_greed(owners: tuple[str | None, ...], taken: int) -> None:
    assert choose("me", *owners) == [None] * taken


def test_a_host_below_its_share_steals_one_lease_of_the_host_with_the_most() -> None:
    assert choose("me", "a", "a", "a", "b", "b") == ["a"]
    assert choose("me", "a", "a") == ["a"]
    assert choose("me", "me", "a", "a", "a") == ["a"]
    assert choose("me", "me", "a", "a") == []  # 1 and 2 is as even as it gets


@given(st.lists(st.sampled_from([None, "a", "b", "gone"]), min_size=1, max_size=24), st.integers())
def test_hosts_that_take_turns_end_with_shares_that_differ_by_one_and_then_rest(
    owners: list[str | None], seed: int
) -> None:
    random = Random(seed)
    hosts = ["a", "b", "c"]
    held = {str(n): None if owner == "gone" else owner for n, owner in enumerate(owners)}
    for _ in range(3 * len(owners) + 3):
        for host in random.sample(hosts, len(hosts)):
            claims = [Claim(each, owner) for each, owner in held.items()]
            held.update(dict.fromkeys(choose_leases(claims, host, random), host))
    before = dict(held)
    for host in hosts:
        claims = [Claim(each, owner) for each, owner in held.items()]
        held.update(dict.fromkeys(choose_leases(claims, host, random), host))
    counts = sorted(list(held.values()).count(host) for host in hosts)
    assert held == before
    assert None not in held.values()
    assert counts[-1] - counts[0] <= 1


def test_a_lease_expires_when_it_was_seen_unchanged_for_the_interval() -> None:
    sightings = Sightings(10)
    sightings.note({"x": "1", "y": "1"}, now=0)
    assert not sightings.is_expired("x", 10)
    sightings.note({"x": "2", "y": "1"}, now=8)
    assert not sightings.is_expired("x", 18)
    assert sightings.is_expired("y", 10.1)
    # A lease that was deleted and made again begins anew.
    sightings.note({"x": "2"}, now=9)
    sightings.note({"x": "2", "y": "1"}, now=12)
    assert not sightings.is_expired("y", 22)
