"""What was derived of whole threads and users is checked: episodes, summaries, runs."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.allowance import Allowance
from tests.chaos.fates import Fates
from tests.chaos.invariants import find_violations
from tests.chaos.sample_store import (
    TURNS,
    document,
    episode,
    process_anew,
    remove,
    run,
    segment,
    whole_store,
)
from tests.chaos.store import Snapshot

type Edit = Callable[[Snapshot], object]


def name_episode_again(snapshot: Snapshot) -> None:
    snapshot.counters.append({**segment(2, TURNS[2]), "memory_ids": ["episode-1"]})


BREACHES: dict[str, tuple[str, str, Edit]] = {
    "an episode that is not there": (
        "lost",
        "1 episodes of ana/chat are not there",
        lambda s: remove(s, "episode-1"),
    ),
    "an episode of no segment": (
        "duplicated",
        "no segment names the episode episode-2",
        lambda s: s.memories.append(episode(2, TURNS[0])),
    ),
    "an episode stored twice": (
        "duplicated",
        "no segment names the episode episode-1",
        lambda s: s.memories.append(episode(1, *TURNS[:2])),
    ),
    "an episode of two segments": (
        "duplicated",
        "2 segments name the episode episode-1",
        name_episode_again,
    ),
    "a summary that is not there": (
        "lost",
        "thread ana/chat has no summary",
        lambda s: remove(s, "summary"),
    ),
    "a summary that leaves a chunk out": (
        "lost",
        "thread ana/chat has a summary of chunks [1, 1]",
        lambda s: document(s, "summary")["metadata"].update(chunks=[1, 1]),
    ),
    "a summary that leaves a turn out": (
        "lost",
        "thread ana/chat has a summary of 2 of 3 turns",
        lambda s: document(s, "summary")["metadata"].update(source_count=2),
    ),
    "a user's run without its record": (
        "lost",
        "user ana has no record of run:1",
        lambda s: remove(s, "run:1"),
    ),
    "a summary without its record": (
        "lost",
        "thread ana/chat has no record of summary:0:2",
        lambda s: document(s, "summary:0:2").update(name="summary:0:1"),
    ),
    "a turn that was summarised twice": (
        "duplicated",
        "thread ana/chat has 4 turns in the records of summaries, not 3",
        lambda s: s.counters.append(run("summary:0:1", {"summarize": {"count": 1, "refused": 0}})),
    ),
    "a turn in no record of a summary": (
        "lost",
        "thread ana/chat has 2 turns in the records of summaries, not 3",
        lambda s: document(s, "summary:0:2")["steps"]["summarize"].update(count=2),
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_what_was_derived_and_is_lost_or_there_twice_is_found(name: str) -> None:
    breach, what, spoil = BREACHES[name]
    snapshot = whole_store()
    spoil(snapshot)
    [violation] = find_violations(snapshot, Fates(TURNS))
    assert (violation.breach, violation.what) == (breach, what)


def forget_turn_1(snapshot: Snapshot) -> None:
    document(snapshot, "seen:1")["vanished"] = True
    remove(snapshot, "fact-1")
    remove(snapshot, "episode-1")


def test_an_episode_goes_with_a_deleted_turn() -> None:
    snapshot = whole_store()
    forget_turn_1(snapshot)
    fates = Fates([TURNS[0], TURNS[2]], deleted=[TURNS[1]])
    assert find_violations(snapshot, fates) == []


def test_an_episode_of_a_segment_that_was_given_up_may_be_left() -> None:
    snapshot = whole_store()
    document(snapshot, "segment:1").update(outcome="given_up", turn_ids=[], memory_ids=[])
    assert find_violations(snapshot, Fates(TURNS)) == []


def test_a_thread_has_no_summary_where_no_turn_is_left_or_every_one_was_refused() -> None:
    snapshot = whole_store()
    remove(snapshot, "summary")
    assert find_violations(snapshot, Fates([], expired=TURNS)) == []
    steps = document(snapshot, "summary:0:2")["steps"]["summarize"]
    steps.update(refused=3)
    assert find_violations(snapshot, Fates(TURNS)) == []
    steps.update(refused=2)
    assert len(find_violations(snapshot, Fates(TURNS))) == 1


@pytest.mark.parametrize(
    "allowance",
    [
        Allowance(refuses_any=True),
        Allowance(refused=frozenset([9])),
        Allowance(gives_up=True),
    ],
)
def test_a_summary_may_begin_late_where_the_model_refuses_things(allowance: Allowance) -> None:
    snapshot = whole_store()
    document(snapshot, "summary")["metadata"].update(chunks=[2, 2], source_count=1)
    assert find_violations(snapshot, Fates(TURNS), allowance) == []
    remove(snapshot, "summary")
    assert len(find_violations(snapshot, Fates(TURNS), allowance)) == 1
    document(snapshot, "state").update(summary_edition=1)
    document(snapshot, "summary:0:2").update(name="summary:1:2")
    assert find_violations(snapshot, Fates(TURNS), allowance) == []
    assert len(find_violations(snapshot, Fates(TURNS))) == 1


DISTURBED: dict[str, tuple[Fates, Edit]] = {
    "processed anew": (Fates(TURNS), lambda s: process_anew(s, *TURNS)),
    "with a retried turn": (
        Fates(TURNS),
        lambda s: document(s, "seen:2").update(reopened={"attempts": 1}),
    ),
    "with a restored turn": (Fates(TURNS, restored=frozenset([2])), lambda _: None),
    "with a short-lived turn": (
        Fates([*TURNS[:2], replace(TURNS[2], lifetime=2)]),
        lambda _: None,
    ),
    "with an expired turn": (Fates(TURNS[:2], expired=TURNS[2:]), lambda _: None),
}


@pytest.mark.parametrize("name", DISTURBED)
def test_the_summary_of_a_disturbed_thread_may_count_its_turns_otherwise(name: str) -> None:
    fates, disturb = DISTURBED[name]
    snapshot = whole_store()
    disturb(snapshot)
    document(snapshot, "summary")["metadata"].update(chunks=[2, 2], source_count=4)
    document(snapshot, "summary:0:2")["steps"]["summarize"].update(count=4)
    assert find_violations(snapshot, fates) == []
