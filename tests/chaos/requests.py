"""What an operator asks the app for in the middle of the storm, drawn from a seed."""

from random import Random

from tests.chaos.events import LATE_SECONDS, Event


def draw_backfills(draw: Random, hosts: int, storm: float) -> list[Event]:
    """In every other seed turns are processed anew, early or late, once or more often."""
    if draw.random() < 0.5:
        return []
    return [
        Event(
            draw.uniform(0.4 * storm, storm + LATE_SECONDS),
            "backfill",
            {"host": draw.randrange(hosts), "reprocess": draw.random() < 0.8},
        )
        for _ in range(draw.randint(1, 3))
    ]


def draw_retries(draw: Random, hosts: int, storm: float, refused: list[int]) -> list[Event]:
    """Dead letters are tried again, while the model comes to accept what it has refused."""
    if not refused:
        return []
    return [
        Event(
            draw.uniform(0.4 * storm, storm + LATE_SECONDS),
            "retry",
            {
                "host": draw.randrange(hosts),
                "accepted": draw.sample(refused, draw.randint(0, len(refused))),
            },
        )
        for _ in range(draw.randint(2, 5))
    ]
