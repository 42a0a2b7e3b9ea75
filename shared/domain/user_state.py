"""The state of a user: how many turns are committed, how many the profile covers, what is due."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import AliasChoices, Field

from shared.domain.identifiers import name_claim
from shared.domain.slow_talk import PATIENCE, is_slow
from shared.domain.thread_state import Cadence, Retry
from shared.domain.turns import Frozen

PROFILE, RECONCILE, PROCEDURES = "profile", "reconcile", "procedures"
# States and answers of earlier versions know of facts only.
_MEMORIES_SINCE = AliasChoices("memories_since", "facts_since")


class ProfileClaim(Frozen):
    """A profile run that is under way: its number, and the committed turns that it covers.

    With `reconcile` the user's facts are compared with one another, with `profile` the profile is
    written, with `procedures` rules are derived; `thorough` of all sources at once. With `rebuild`
    the profile is written anew from what is left, not on top of the one before.
    """

    key: str
    run: int
    to_turns: int
    reconcile: bool = False
    rebuild: bool = False
    profile: bool = True
    procedures: bool = False
    thorough: bool = False


class UserState(Frozen):
    """The user's state document, in the partition of the user's counters.

    `turns` counts turns in committed chunks of all threads, `chunks` those chunks (since they are
    counted), `profiled` the turns that the profile covers, `reconciled` those whose facts were
    compared with one another, `procedures_to` those that rules were derived after, `runs`
    the committed runs. `rules_from` and `hints_from` are digests of the sources that rules were
    last derived from.
    `memories_since` (facts, episodes and procedures; once `facts_since`) and `summaries_since` are
    the server times (Unix seconds) up to which changed memories were folded, `folded` the versions
    near them that were: clocks of different partitions differ, so what is near is looked at again.
    `retry` is that of a run that failed, `rules_retry` that of rules that a committed run could not
    derive. `refresh` asks for a run whatever the cadence says, `changed` says that memories have
    changed without new turns, and `rebuild` that the profile is to forget what it said. `tokens`
    counts what models have taken for the user, `tokens_before_day` those before the UTC day
    `token_day`; until `put_off_until` (Unix time) no profile is written, as that day's budget is
    spent.
    `written_at` is when Cosmos DB stored the document.
    """

    user_id: str
    turns: int = 0
    chunks: int = 0
    last_arrival: int = 0
    profiled: int = 0
    reconciled: int = 0
    procedures_to: int = 0
    rules_from: str = ""
    hints_from: str = ""
    runs: int = 0
    memories_since: int = Field(default=0, validation_alias=_MEMORIES_SINCE)
    summaries_since: int = 0
    folded: list[str] = Field(default_factory=list)
    refresh: bool = False
    changed: bool = False
    rebuild: bool = False
    claim: ProfileClaim | None = None
    idle: bool = True
    retry: Retry = Retry()
    rules_retry: Retry = Retry()
    tokens: int = 0
    token_day: str = ""
    tokens_before_day: int = 0
    put_off_until: float = 0.0
    written_at: int = Field(default=0, validation_alias="_ts", exclude=True)


class Spent(Frozen):
    """Tokens that a piece of work took, and the UTC day on which it was done (YYYY-MM-DD)."""

    tokens: int = 0
    day: str = ""


NOTHING_SPENT = Spent()


def is_profile_due(state: UserState, cadence: Cadence, now: float) -> bool:
    """Whether the user's orchestration would find something to do."""
    if not cadence.has_user_steps or max(state.retry.next_at, state.put_off_until) > now:
        return False
    return state.claim is not None or state.refresh or is_due_by_itself(state, cadence, now)


def is_abandoned(state: UserState, cadence: Cadence) -> bool:
    """Whether a run is claimed that nobody will finish, as the user's steps were switched off."""
    return state.claim is not None and not cadence.has_user_steps


def abandon_claim(state: UserState, claim: ProfileClaim, tokens: int) -> UserState:
    """The state without the claim, which took so many tokens; none of its steps was taken.

    What it was to forget or to look at again is kept for a run after the steps are switched on.
    """
    return state.model_copy(
        update={
            "claim": None,
            "runs": claim.run,
            "refresh": False,
            "changed": True,
            "rebuild": state.rebuild or claim.rebuild,
            "idle": True,
            "retry": Retry(),
            "tokens": state.tokens + tokens,
        }
    )


def is_due_by_itself(state: UserState, cadence: Cadence, now: float) -> bool:
    """Whether one of the user's steps has waited for its turns, or for another try.

    Where turns trickle in all of them wait longer. Where profiles are written the other steps are
    taken along by their runs, and so wait up to one more cadence before they cause a run of
    their own.
    """
    cadence = _pace(state, cadence, now)
    profile = cadence.profile_every
    if profile and state.turns - state.profiled >= profile:
        return True
    if cadence.procedures_every and state.rules_retry.failures and not state.refresh:
        return True  # a refresh, which waits for the user's threads, takes them along
    others = (
        (cadence.reconcile_every, state.reconciled),
        (cadence.procedures_every, state.procedures_to),
    )
    return any(
        every and state.turns - done >= every + min(profile, every) for every, done in others
    )


def _pace(state: UserState, cadence: Cadence, now: float) -> Cadence:
    """The cadence of the user's steps: a longer one where the user's turns trickle in.

    Rules that have failed are off until their next try.
    """
    if state.rules_retry.next_at > now:
        cadence = cadence.model_copy(update={"procedures_every": 0})
    if not is_slow(state.turns, state.chunks, cadence.full_chunk):
        return cadence
    return cadence.model_copy(
        update={
            "profile_every": cadence.profile_every * PATIENCE,
            "reconcile_every": cadence.reconcile_every * PATIENCE,
            "procedures_every": cadence.procedures_every * PATIENCE,
        }
    )


def is_behind(state: UserState, cadence: Cadence) -> bool:
    """Whether there are turns that the profile, or the comparison of facts, does not cover."""
    compared = state.reconciled if cadence.reconcile_every else state.turns
    return state.turns > min(state.profiled, compared)


def claim_profile(state: UserState, cadence: Cadence, now: float, version: str = "") -> UserState:
    """The state with the next run of the user claimed; the wish for a refresh is met by it.

    Each step has its own cadence, and is wanted whenever a refresh finds new turns or changes.
    Rules that have failed are asked about all sources. With something to forget every source is
    asked about anew, in whichever run that succeeds. `version` is the ETag that the claim replaces;
    see name_claim.
    """
    cadence = _pace(state, cadence, now)
    owes_rules = state.rules_retry.failures > 0
    every, rules_every = cadence.reconcile_every, cadence.procedures_every
    new, unruled = state.turns - state.reconciled, state.turns - state.procedures_to
    wanted = state.refresh and (new > 0 or state.changed)
    rules_wanted = state.refresh and (unruled > 0 or state.changed)
    profile_wanted = state.refresh or state.rebuild
    unprofiled = state.turns - state.profiled
    claim = ProfileClaim(
        key=name_claim(f"profile:{state.runs + 1}", version),
        run=state.runs + 1,
        to_turns=state.turns,
        reconcile=every > 0 and (new >= every or wanted),
        rebuild=state.rebuild,
        profile=cadence.profile_every > 0
        and (profile_wanted or unprofiled >= cadence.profile_every),
        procedures=rules_every > 0 and (unruled >= rules_every or rules_wanted or owes_rules),
        thorough=state.refresh or owes_rules,
    )
    met = {"refresh": False, "changed": False, "rebuild": False}
    asked_anew = Derived().model_dump() if state.rebuild else {}
    return state.model_copy(update={"claim": claim, "idle": False, **met, **asked_anew})


CLOCKS_DIFFER_BY = 10


class Folded(Frozen):
    """Up to where a profile run has folded changed memories; see UserState."""

    memories_since: int = Field(default=0, validation_alias=_MEMORIES_SINCE)
    summaries_since: int = 0
    folded: list[str] = Field(default_factory=list)


def fold_versions(since: int, rows: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
    """How far these rows reach, and the versions among them that a next look may meet again.

    A row carries its server time `_ts` (Unix seconds) and its version `_etag`.
    """
    latest = max([since, *(int(row["_ts"]) for row in rows)])
    near = [str(row["_etag"]) for row in rows if int(row["_ts"]) >= latest - CLOCKS_DIFFER_BY]
    return latest, near


class Derived(Frozen):
    """What rules were derived from; see UserState."""

    rules_from: str = ""
    hints_from: str = ""


def close_profile(
    state: UserState,
    claim: ProfileClaim,
    folded: Folded | None,
    derived: Derived | None = None,
    rules_retry: Retry | None = None,
) -> UserState:
    """The state after the claimed run was committed; None for a step that was not taken.

    Where no profile is ever written, every run covers the turns that one would have covered.
    `rules_retry` is given where rules were wanted and failed.
    """
    settled = Retry() if derived else state.rules_retry
    return state.model_copy(
        update={
            "claim": None,
            "runs": claim.run,
            "profiled": max(state.profiled, claim.to_turns if folded else 0),
            "reconciled": claim.to_turns if claim.reconcile else state.reconciled,
            "procedures_to": claim.to_turns if derived else state.procedures_to,
            **(folded.model_dump() if folded else {}),
            **(derived.model_dump() if derived else {}),
            "retry": Retry(),
            "rules_retry": rules_retry or settled,
        }
    )
