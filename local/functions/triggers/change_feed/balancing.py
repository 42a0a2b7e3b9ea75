"""Which leases a host takes in one round, so that all hosts come to hold equally many.

The rules are those of the change feed processor of the .NET SDK (EqualPartitionsBalancingStrategy),
which the real trigger runs on. They need no talk between hosts: a host is known by what it owns.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Claim:
    """A lease and its owner; None: it is free, because it was released or has expired."""

    lease_id: str
    owner: str | None


def choose_leases(claims: Sequence[Claim], me: str, random: Random) -> list[str]:
    """Choose what this host takes now, by id.

    A host's share is the number of leases divided by that of hosts, rounded up.

    | there are free leases | below its share | other hosts are seen | takes |
    |---|---|---|---|
    | yes | yes | no | free ones up to its share: all of them |
    | yes | yes | yes | one free one: the others take some too |
    | yes | no | - | one free one: nobody may be left to take it |
    | no | yes | yes | one of the host with the most, if that has more than this one will have |
    | no | no | - | nothing |
    """
    held = Counter(claim.owner for claim in claims if claim.owner)
    held[me] += 0
    share = -(-len(claims) // len(held))
    missing = share - held[me]
    free = [claim.lease_id for claim in claims if not claim.owner]
    if free:
        wanted = missing if missing > 0 and len(held) == 1 else 1
        return random.sample(free, min(wanted, len(free)))
    if missing <= 0:
        return []
    busiest, count = held.most_common(1)[0]
    if count <= share - (1 if missing > 1 else 0):
        return []
    return [random.choice([claim.lease_id for claim in claims if claim.owner == busiest])]
