"""The processing of turns that were there already."""

from shared.domain.backfill import Pace
from shared.domain.thread_state import Cadence
from shared.ports import Clock
from shared.services.begin_generation import BeginGeneration
from shared.services.count_turns import CountTurns
from shared.services.run_backfill import RunBackfill
from shared.settings import Settings
from shared.wiring.stores import Stores


def build_backfill(
    settings: Settings, stores: Stores, count_turns: CountTurns, clock: Clock, cadence: Cadence
) -> RunBackfill:
    """The processing of turns that were there already, at the pace that the settings allow."""
    pace = Pace(turns_per_minute=settings.backfill_rate, threads=settings.backfill_threads)
    return RunBackfill(
        stores.backfills,
        stores.threads,
        stores.turns,
        count_turns,
        BeginGeneration(stores.threads),
        clock,
        cadence,
        pace,
    )
