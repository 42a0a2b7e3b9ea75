from typing import Any

import pytest

from shared.domain.retrying import defer
from shared.domain.thread_state import Cadence
from shared.domain.user_state import (
    Folded,
    ProfileClaim,
    UserState,
    claim_profile,
    close_profile,
    fold_versions,
    is_due_by_itself,
    is_profile_due,
)

NOW = 1000.0
CADENCE = Cadence(extract_every=5, summarize_every=10, profile_every=20)
OFF = CADENCE.model_copy(update={"profile_every": 0})
CLAIM = ProfileClaim(key="profile:3", run=3, to_turns=25)


def user(**fields: Any) -> UserState:
    return UserState(user_id="u", **fields)


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (user(turns=19), False),
        (user(turns=20), True),
        (user(turns=39, profiled=20), False),
        (user(turns=40, profiled=20), True),
        (user(turns=1, refresh=True), True),
        (user(turns=25, runs=2, claim=CLAIM), True),
        (user(turns=25, refresh=True, retry=defer(None, NOW, 60.0)), False),
        (user(turns=25, claim=CLAIM, retry=defer(None, NOW - 61, 60.0)), True),
    ],
)
def test_a_profile_is_due_at_the_cadence_at_a_wish_or_if_a_run_was_left(
    state: UserState, due: bool
) -> None:
    assert is_profile_due(state, CADENCE, NOW) == due
    assert not is_profile_due(state, OFF, NOW)


ALL = CADENCE.model_copy(update={"reconcile_every": 25, "procedures_every": 50})


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (user(turns=20, chunks=4), True),
        (user(turns=20, chunks=10), False),  # pairs
        (user(turns=79, chunks=40), False),
        (user(turns=80, chunks=40), True),
        (user(turns=20, chunks=10, refresh=True), True),
        (user(turns=60, chunks=4), True),  # chunks are counted since an upgrade only
        (user(turns=4, chunks=2), False),
    ],
)
def test_the_profile_of_a_user_whose_turns_trickle_in_waits_for_more_of_them(
    state: UserState, due: bool
) -> None:
    assert is_profile_due(state, ALL, NOW) == due


def test_what_joins_the_profile_of_a_user_whose_turns_trickle_in_waits_likewise() -> None:
    quick = claim_profile(user(turns=80, chunks=16), ALL, 0.0).claim
    slow = claim_profile(user(turns=80, chunks=40), ALL, 0.0).claim
    asked = claim_profile(user(turns=80, chunks=40, refresh=True), ALL, 0.0).claim
    assert quick is not None
    assert slow is not None
    assert asked is not None
    assert (quick.profile, quick.reconcile, quick.procedures) == (True, True, True)
    assert (slow.profile, slow.reconcile, slow.procedures) == (True, False, False)
    assert (asked.profile, asked.reconcile, asked.procedures) == (True, True, True)


def test_a_claim_takes_the_turns_committed_so_far_and_meets_the_wish() -> None:
    claimed = claim_profile(user(turns=25, runs=2, refresh=True), CADENCE, 0.0)
    assert claimed.claim == CLAIM.model_copy(update={"thorough": True})
    assert (claimed.refresh, claimed.idle) == (False, False)


def test_turns_committed_during_a_run_count_towards_the_next() -> None:
    during = user(turns=31, runs=2, claim=CLAIM, retry=defer(None, NOW, 60.0))
    closed = close_profile(during, CLAIM, Folded(memories_since=500))
    assert (closed.claim, closed.runs, closed.profiled) == (None, 3, 25)
    assert closed.turns - closed.profiled == 6
    assert closed.retry.failures == 0


def test_what_was_folded_reaches_to_the_last_row_and_never_goes_back() -> None:
    rows = [{"_ts": at, "_etag": f"v{at}"} for at in (480, 495, 500)]
    assert fold_versions(400, rows) == (500, ["v495", "v500"])
    assert fold_versions(900, rows) == (900, [])
    assert fold_versions(900, []) == (900, [])


def test_a_user_whose_turns_go_on_gets_one_profile_a_cadence() -> None:
    state = user()
    runs_at: list[int] = []
    for turns in range(1, 101):
        state = state.model_copy(update={"turns": turns})
        if is_profile_due(state, CADENCE, NOW):
            state = claim_profile(state, CADENCE, 0.0)
            assert state.claim is not None
            state = close_profile(state, state.claim, Folded(memories_since=turns))
            runs_at.append(turns)
    assert runs_at == [20, 40, 60, 80, 100]


@pytest.mark.parametrize(
    ("state", "reconciles"),
    [
        (user(turns=24), False),
        (user(turns=25), True),
        (user(turns=30, reconciled=10), False),
        (user(turns=30, reconciled=10, refresh=True), True),
        (user(turns=30, reconciled=30, refresh=True), False),
    ],
)
def test_facts_are_reconciled_at_their_cadence_or_for_a_refresh_with_new_turns(
    state: UserState, reconciles: bool
) -> None:
    cadence = CADENCE.model_copy(update={"reconcile_every": 25})
    claim = claim_profile(state, cadence, 0.0).claim
    assert claim is not None
    assert claim.reconcile is reconciles
    off = claim_profile(state, CADENCE, 0.0).claim
    assert off is not None
    assert not off.reconcile
    expected = state.turns if reconciles else state.reconciled
    assert close_profile(state, claim, Folded()).reconciled == expected


@pytest.mark.parametrize("model", [UserState, Folded])
def test_how_far_an_earlier_version_had_folded_facts_is_not_folded_again(
    model: type[UserState] | type[Folded],
) -> None:
    before = {"user_id": "u1", "facts_since": 500}
    assert model.model_validate(before).memories_since == 500
    again = model.model_validate(model.model_validate(before).model_dump())
    assert again.memories_since == 500


def test_full_chunks_of_a_long_cadence_are_no_slow_talk() -> None:
    cadence = Cadence(extract_every=50, summarize_every=40, profile_every=40)
    assert is_due_by_itself(UserState(user_id="u", turns=60, chunks=3), cadence, 0.0)
