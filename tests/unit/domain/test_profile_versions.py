"""The versions of a profile lead back to what it said before, and stay small."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.profile_versions import MAX_VERSIONS, MOST_CHARACTERS, Version, add_version

TEXTS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4)
PROFILES = st.lists(
    st.fixed_dictionaries({"key_facts": TEXTS}, optional={"topics": TEXTS, "open_items": TEXTS}),
    min_size=1,
    max_size=8,
)


def write(profiles: Sequence[Mapping[str, Any]]) -> list[Version]:
    """The versions that runs leave which write these profiles, one after the other."""
    versions: list[Version] = []
    before = None
    for run, profile in enumerate(profiles, 1):
        versions = add_version(versions, before, profile, run=run, at=f"day {run}")
        before = profile
    return versions


def undo(profile: Mapping[str, set[str]], version: Version) -> dict[str, set[str]]:
    names = {*profile, *version["removed"]}
    return {
        name: profile.get(name, set()) - set(version["added"].get(name, ()))
        | set(version["removed"].get(name, ()))
        for name in names
    }


def said(profile: Mapping[str, Any]) -> dict[str, set[str]]:
    return {name: set(texts) for name, texts in profile.items() if texts}


@given(PROFILES)
def test_undoing_one_version_after_the_other_leads_back_to_the_first_profile(
    profiles: list[dict[str, list[str]]],
) -> None:
    current: dict[str, set[str]] = said(profiles[-1])
    for version in reversed(write(profiles)):
        assert {name: texts for name, texts in current.items() if texts} == said(
            profiles[version["run"] - 1]
        )
        current = undo(current, version)
    assert {name: texts for name, texts in current.items() if texts} == said(profiles[0])


def test_a_profile_that_says_the_same_is_no_version() -> None:
    assert write([{"key_facts": ["a", "b"]}, {"key_facts": ["b", "a"]}]) == []


def test_the_oldest_versions_are_dropped() -> None:
    many = write([{"key_facts": [f"fact {n}"]} for n in range(40)])
    assert [version["run"] for version in many] == list(range(41 - MAX_VERSIONS, 41))
    long = write([{"key_facts": [f"{n} " + "x" * 6_000]} for n in range(5)])
    assert [version["run"] for version in long] == [5]
    assert sum(len(str(version)) for version in long) < MOST_CHARACTERS


def test_a_version_that_is_too_long_alone_is_not_kept() -> None:
    assert write([{"key_facts": ["a"]}, {"key_facts": ["x" * 30_000]}]) == []
