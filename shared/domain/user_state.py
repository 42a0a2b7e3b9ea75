"""The state of a user: how many turns are committed, how many the profile covers, what is due."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from shared.domain.thread_state import Cadence, Retry
from shared.domain.turns import Frozen


class ProfileClaim(Frozen):
    """A profile run that is under way: its number, and the committed turns that it covers.

    With `reconcile` the user's facts are compared with one another before the profile is written;
    with `rebuild` it is written anew from what is left, not on top of the one before.
    """

    key: str
    run: int
    to_turns: int
    reconcile: bool = False
    rebuild: bool = False


class UserState(Frozen):
    """The user's state document, in the partition of the user's counters.

    `turns` counts turns in committed chunks of all threads, `profiled` those that the profile
    covers, `reconciled` those whose facts were compared with one another, `runs` the committed
    profile runs. `facts_since` and `summaries_since` are the server times (Unix seconds) up to
    which changed memories were folded, `folded` the versions near them that were: clocks of
    different partitions differ, so what is near is looked at again. `refresh` asks for a run
    whatever the cadence says, `changed` says that memories have changed without new turns, and
    `rebuild` that the profile is to forget what it said. `written_at` is when Cosmos DB stored the
    document.
    """

    user_id: str
    turns: int = 0
    last_arrival: int = 0
    profiled: int = 0
    reconciled: int = 0
    runs: int = 0
    facts_since: int = 0
    summaries_since: int = 0
    folded: list[str] = Field(default_factory=list)
    refresh: bool = False
    changed: bool = False
    rebuild: bool = False
    claim: ProfileClaim | None = None
    idle: bool = True
    retry: Retry = Retry()
    written_at: int = Field(default=0, validation_alias="_ts", exclude=True)


def is_profile_due(state: UserState, cadence: Cadence, now: float) -> bool:
    """Whether the user's orchestration would find something to do."""
    if not cadence.profile_every or state.retry.next_at > now:
        return False
    if state.claim is not None or state.refresh:
        return True
    return state.turns - state.profiled >= cadence.profile_every


def claim_profile(state: UserState, cadence: Cadence) -> UserState:
    """The state with the next profile run claimed; the wish for a refresh is met by it.

    Facts are reconciled at their own cadence, and whenever a refresh finds new turns or changes.
    """
    new, every = state.turns - state.reconciled, cadence.reconcile_every
    wanted = state.refresh and (new > 0 or state.changed)
    claim = ProfileClaim(
        key=f"profile:{state.runs + 1}",
        run=state.runs + 1,
        to_turns=state.turns,
        reconcile=every > 0 and (new >= every or wanted),
        rebuild=state.rebuild,
    )
    met = {"refresh": False, "changed": False, "rebuild": False}
    return state.model_copy(update={"claim": claim, "idle": False, **met})


CLOCKS_DIFFER_BY = 10


class Folded(Frozen):
    """Up to where a profile run has folded changed memories; see UserState."""

    facts_since: int = 0
    summaries_since: int = 0
    folded: list[str] = Field(default_factory=list)


def fold_versions(since: int, rows: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
    """How far these rows reach, and the versions among them that a next look may meet again.

    A row carries its server time `_ts` (Unix seconds) and its version `_etag`.
    """
    latest = max([since, *(int(row["_ts"]) for row in rows)])
    near = [str(row["_etag"]) for row in rows if int(row["_ts"]) >= latest - CLOCKS_DIFFER_BY]
    return latest, near


def close_profile(state: UserState, claim: ProfileClaim, folded: Folded) -> UserState:
    """The state after the claimed run was committed."""
    return state.model_copy(
        update={
            "claim": None,
            "runs": claim.run,
            "profiled": max(state.profiled, claim.to_turns),
            "reconciled": claim.to_turns if claim.reconcile else state.reconciled,
            **folded.model_dump(),
            "retry": Retry(),
        }
    )
