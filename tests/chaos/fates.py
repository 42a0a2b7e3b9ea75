"""What became of the turns that were written: it decides what is promised about them."""

from dataclasses import dataclass, field

from tests.chaos.workload import PlannedTurn


@dataclass(frozen=True)
class Fates:
    """The turns that were written, each in one of the lists.

    The `living` are in the store. The `deleted` were taken out of it and have to be forgotten. The
    `expired` are gone because their time had come, or had nearly: an app that has seen them keeps
    what it knows of them, and one that has not owes them nothing. So it is with turns that went
    with their container. The `unsettled` were deleted before or after the container was replaced,
    which nobody may have noticed: nothing is promised of what they had said. Those with the numbers
    `restored` are living again, and were gone for a while with their container.
    """

    living: list[PlannedTurn]
    deleted: list[PlannedTurn] = field(default_factory=list)
    expired: list[PlannedTurn] = field(default_factory=list)
    unsettled: list[PlannedTurn] = field(default_factory=list)
    restored: frozenset[int] = frozenset()

    @property
    def written(self) -> list[PlannedTurn]:
        """All of them."""
        return [*self.living, *self.deleted, *self.expired, *self.unsettled]
