"""The versions of a profile: what each run added to it and took out of it.

They are part of the profile's document: whoever removes that, or has it written anew to forget
something, leaves nothing of them behind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

MAX_VERSIONS = 20
MOST_CHARACTERS = 20_000

type Profile = Mapping[str, Sequence[str]]
type Version = dict[str, Any]
"""`run` and `at` (when it was written), and by list of the profile what it `added` and `removed`.

Beside that it holds nothing: the profile before it is the one after it with this undone.
"""


def add_version(
    versions: Sequence[Version], before: Profile | None, after: Profile, *, run: int, at: str
) -> list[Version]:
    """The versions with the one that makes `after` of `before`, the latest last.

    The first profile is no change, and neither is one that says the same. The oldest are dropped
    beyond 20 versions or 20,000 characters of text, so that readers of the profile have no burden.
    """
    if before is None:
        return []
    added, removed = _missing(after, before), _missing(before, after)
    new: list[Version] = [{"run": run, "at": at, "added": added, "removed": removed}]
    kept = [*versions, *(new if added or removed else [])][-MAX_VERSIONS:]
    while kept and sum(map(_count_characters, kept)) > MOST_CHARACTERS:
        kept = kept[1:]
    return kept


def _missing(profile: Profile, other: Profile) -> dict[str, list[str]]:
    """By list, the texts of a profile that the same list of the other one does not have."""
    missing: dict[str, list[str]] = {}
    for name, texts in profile.items():
        new = [text for text in texts if text not in (other.get(name) or ())]
        missing |= {name: new} if new else {}
    return missing


def _count_characters(version: Version) -> int:
    changes = (*version["added"].values(), *version["removed"].values())
    return sum(len(text) for texts in changes for text in texts)
