"""The parts of the app that the sweeper runs."""

from shared.domain.thread_state import Cadence
from shared.ports import Clock
from shared.services.count_turns import CountTurns
from shared.services.erase_turns import EraseTurns
from shared.services.find_vanished import FindVanished, VanishedTimes
from shared.services.flush import Flush
from shared.services.forget_memories import ForgetMemories
from shared.services.forget_turns import ForgetTurns
from shared.services.sweep import Sweep, SweepTimes
from shared.settings import Settings
from shared.wiring.stores import Stores


def build_sweep(
    settings: Settings,
    stores: Stores,
    count_turns: CountTurns,
    flush: Flush,
    clock: Clock,
    cadence: Cadence,
) -> Sweep:
    """The sweep over all threads and users, and over the turns."""
    times = SweepTimes(
        idle_flush=settings.idle_flush_seconds,
        idle_summary=settings.idle_summary_seconds,
        stale=settings.stale_seconds,
        scan_grace=settings.scan_grace_seconds,
        scan_overlap=settings.scan_overlap_seconds,
        scan_budget=settings.scan_budget_seconds,
    )
    return Sweep(
        stores.swept,
        stores.turns,
        stores.swept_backfills,
        count_turns,
        flush,
        clock,
        cadence,
        times,
        settings.sweep_starts,
    )


def build_forget_turns(
    settings: Settings, stores: Stores, clock: Clock, cadence: Cadence
) -> ForgetTurns:
    """The forgetting of turns that were deleted."""
    return ForgetTurns(
        log=stores.vanishing,
        history=stores.history,
        threads=stores.threads,
        users=stores.users,
        memories=ForgetMemories(stores.forgettable, stores.turns),
        summaries=stores.summaries,
        letters=stores.letters,
        clock=clock,
        cadence=cadence,
        settle_seconds=settings.scan_grace_seconds,
    )


def build_erase_turns(
    settings: Settings, stores: Stores, forget_turns: ForgetTurns, clock: Clock
) -> EraseTurns:
    """The erasure that somebody asks for."""
    return EraseTurns(
        inventory=stores.inventory,
        removal=stores.removal,
        history=stores.history,
        log=stores.vanishing,
        forget_turns=forget_turns,
        clock=clock,
        budget=settings.scan_budget_seconds,
    )


def build_find_vanished(
    settings: Settings, stores: Stores, forget_turns: ForgetTurns, clock: Clock
) -> FindVanished:
    """The search for turns that were deleted."""
    times = VanishedTimes(
        every=settings.vanished_check_seconds,
        budget=settings.scan_budget_seconds,
        settle=settings.scan_grace_seconds,
    )
    return FindVanished(
        log=stores.vanishing,
        inventory=stores.swept_inventory,
        history=stores.history,
        forget_turns=forget_turns,
        clock=clock,
        times=times,
        limit=settings.vanished_limit,
    )
