"""The state of a user: how many turns are committed, how many the profile covers, what is due."""

from pydantic import Field

from shared.domain.thread_state import Cadence, Retry
from shared.domain.turns import Frozen


class ProfileClaim(Frozen):
    """A profile run that is under way: its number, and the committed turns that it covers."""

    key: str
    run: int
    to_turns: int


class UserState(Frozen):
    """The user's state document, in the partition of the user's counters.

    `turns` counts turns in committed chunks of all threads, `profiled` those that the profile
    covers, `runs` the committed profile runs; `changed_since` is the server time (Unix seconds)
    up to which changed memories were folded. `refresh` asks for a run whatever the cadence says.
    `written_at` is when Cosmos DB stored the document.
    """

    user_id: str
    turns: int = 0
    last_arrival: int = 0
    profiled: int = 0
    runs: int = 0
    changed_since: int = 0
    refresh: bool = False
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


def claim_profile(state: UserState) -> UserState:
    """The state with the next profile run claimed; the wish for a refresh is met by it."""
    claim = ProfileClaim(key=f"profile:{state.runs + 1}", run=state.runs + 1, to_turns=state.turns)
    return state.model_copy(update={"claim": claim, "refresh": False, "idle": False})


def close_profile(state: UserState, claim: ProfileClaim, changed_since: int) -> UserState:
    """The state after the claimed run was committed."""
    return state.model_copy(
        update={
            "claim": None,
            "runs": claim.run,
            "profiled": max(state.profiled, claim.to_turns),
            "changed_since": max(state.changed_since, changed_since),
            "retry": Retry(),
        }
    )
