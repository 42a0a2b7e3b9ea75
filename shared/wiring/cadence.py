"""When the steps of a thread and of a user are due."""

from shared.domain.segments import SegmentRules
from shared.domain.thread_state import Cadence
from shared.settings import Settings

_PROCEDURES_AFTER = 10  # extractions


def build_cadence(settings: Settings) -> Cadence:
    """After how many turns each step is due, as the settings say."""
    return Cadence(
        extract_every=settings.extract_every,
        summarize_every=settings.summarize_every,
        profile_every=settings.profile_every,
        reconcile_every=settings.extract_every * settings.dedup_every,
        procedures_every=_PROCEDURES_AFTER * settings.extract_every if settings.procedures else 0,
        episode_every=settings.episode_every,
        segments=SegmentRules(
            idle_gap=settings.episode_idle_gap,
            max_turns=settings.episode_max_turns,
            min_turns=settings.episode_min_turns,
        ),
    )
