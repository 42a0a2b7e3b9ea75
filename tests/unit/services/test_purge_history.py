from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from shared.services.purge_history import PurgeHistory
from tests.fakes.clock import SettableClock

DAY = 86_400


@dataclass
class Histories:
    """Instances with their times of creation, purged as Durable Functions does."""

    created: list[datetime] = field(default_factory=list)
    failing: bool = False

    async def purge_instance_history_by(
        self,
        created_time_from: datetime | None = None,
        created_time_to: datetime | None = None,
        runtime_status: Any = None,
    ) -> Any:
        if self.failing:
            raise RuntimeError("storage is out")
        assert created_time_from
        assert created_time_to
        kept = [at for at in self.created if not created_time_from <= at <= created_time_to]
        purged, self.created = len(self.created) - len(kept), kept
        return SimpleNamespace(instances_deleted=purged)


def at(clock: SettableClock, before: float) -> datetime:
    return datetime.fromtimestamp(clock.now() - before, UTC)


async def test_only_what_is_old_enough_is_purged_and_only_once_an_hour() -> None:
    clock = SettableClock()
    histories = Histories([at(clock, 3 * DAY), at(clock, DAY + 60), at(clock, DAY - 60)])
    purge = PurgeHistory(clock, DAY)
    assert await purge.run(histories, ["completed"]) == 2
    clock.advance(3000)
    assert await purge.run(histories, ["completed"]) is None
    assert len(histories.created) == 1
    clock.advance(700)
    assert await purge.run(histories, ["completed"]) == 1


async def test_a_purge_that_failed_is_tried_again_an_hour_later() -> None:
    clock = SettableClock()
    histories = Histories([at(clock, 3 * DAY)], failing=True)
    purge = PurgeHistory(clock, DAY)
    with pytest.raises(RuntimeError):
        await purge.run(histories, [])
    histories.failing = False
    assert await purge.run(histories, []) is None
    clock.advance(3600)
    assert await purge.run(histories, []) == 1


async def test_histories_are_kept_for_ever_if_asked_for() -> None:
    clock = SettableClock()
    histories = Histories([at(clock, 1000 * DAY)])
    assert await PurgeHistory(clock, 0).run(histories, []) is None
    assert len(histories.created) == 1
