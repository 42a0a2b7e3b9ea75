"""How failed, lost and old work is taken up again."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.settings.kinds import Pause, Seconds


class RecoverySettings(BaseModel):
    """How failed, lost and old work is taken up again."""

    retry_first_seconds: Pause = Field(
        default=2, alias="MEMORY_RETRY_FIRST_SECONDS", description="First pause of a retried step"
    )
    retry_attempts: Annotated[int, Field(ge=1, le=20)] = Field(
        default=7, alias="MEMORY_RETRY_ATTEMPTS", description="Tries of a step in one run"
    )
    defer_seconds: Pause = Field(
        default=60,
        alias="MEMORY_DEFER_SECONDS",
        description="Pause of a thread after a run that failed; doubles up to an hour",
    )
    retry_horizon_seconds: Pause = Field(
        default=86_400,
        alias="MEMORY_RETRY_HORIZON_SECONDS",
        description="How long a failing step is tried before what it was shown counts as refused",
    )
    stale_seconds: Pause = Field(
        default=120,
        alias="MEMORY_STALE_SECONDS",
        description="Age after which the sweeper restarts a run that should be going on",
    )
    scan_grace_seconds: Seconds = Field(
        default=120,
        alias="MEMORY_SCAN_GRACE_SECONDS",
        description="Age from which the sweeper looks for turns that the trigger never saw",
    )
    scan_overlap_seconds: Seconds = Field(
        default=300,
        alias="MEMORY_SCAN_OVERLAP_SECONDS",
        description="How far each such look reaches back before the end of the last",
    )
    scan_budget_seconds: Seconds = Field(
        default=20,
        alias="MEMORY_SCAN_BUDGET_SECONDS",
        description="How long such a look may take before the next sweep goes on with it",
    )
    vanished_check_seconds: Seconds = Field(
        default=86_400,
        alias="MEMORY_VANISHED_CHECK_SECONDS",
        description="How often all threads are searched for deleted turns, to forget them; 0: off",
    )
    vanished_limit: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.2,
        alias="MEMORY_VANISHED_LIMIT",
        description="Share of all turns beyond which missing ones are taken for a fault; 1: never",
    )
    sweep_starts: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=200,
        alias="MEMORY_SWEEP_STARTS",
        description="Threads, and users, that one sweep starts at most",
    )
    backfill_rate: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=600,
        alias="MEMORY_BACKFILL_TURNS_PER_MINUTE",
        description="How many turns a minute a backfill gives to its threads",
    )
    backfill_threads: Annotated[int, Field(ge=1, le=200)] = Field(
        default=8,
        alias="MEMORY_BACKFILL_THREADS",
        description="Threads of a backfill that are at work at a time before it goes on",
    )
    history_seconds: Seconds = Field(
        default=86_400,
        alias="MEMORY_HISTORY_SECONDS",
        description="How long the histories of ended orchestrations are kept; 0: for ever",
    )
