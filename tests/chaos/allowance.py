"""What a seed lets the app do that it must not do in others: refuse turns, and give chunks up."""

from dataclasses import dataclass

from tests.chaos.schedule import Schedule

_REFUSALS = frozenset({"refusal", "content_filter", "invalid_json", "truncated"})
_LONGEST_SEED_SECONDS = 600


@dataclass(frozen=True)
class Allowance:
    """For what turns may end as dead letters.

    `refused` are the numbers of the turns that the model refuses, and `refuses_any` says that it
    has faults that strike any turn's prompt. With `gives_up` the app's patience with failures ends
    within the seed.
    """

    gives_up: bool = False
    refuses_any: bool = False
    refused: frozenset[int] = frozenset()

    @property
    def refuses(self) -> bool:
        """Whether the model refuses anything."""
        return self.refuses_any or bool(self.refused)


def find_allowance(schedule: Schedule) -> Allowance:
    """What a schedule allows."""
    faults = (event.detail for event in schedule.events if event.kind == "model fault")
    horizon = float(schedule.settings["MEMORY_RETRY_HORIZON_SECONDS"])
    return Allowance(
        gives_up=horizon < _LONGEST_SEED_SECONDS,
        refuses_any=any(fault["kind"] in _REFUSALS for fault in faults),
        refused=schedule.refused,
    )
