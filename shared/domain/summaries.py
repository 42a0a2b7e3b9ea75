"""Documents of thread summaries and user profiles, in the public SDK's shape."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from shared.domain.identifiers import USER_SUMMARY_THREAD, thread_summary_id, user_summary_id
from shared.domain.profile_versions import add_version
from shared.domain.summary_editions import edition_of
from shared.domain.text import build_tags, cut_at_word
from shared.domain.turns import ThreadKey

_CAPS = {"key_facts": 50, "topics": 15}
_CAP = 30
_MAX_OVERVIEW = 2_000
_MAX_ITEM = 500
_THREAD_IDS_BYTES = 400_000
_LIST_FIELDS: dict[str, list[str]] = {
    "supersedes_ids": [],
    "source_memory_ids": [],
    "source_fact_ids": [],
    "source_episodic_ids": [],
}


def unite_thread_ids(before: Iterable[str], new: Iterable[str]) -> list[str]:
    """The threads that a profile rests on, sorted; the new ones first where not all have room.

    A document holds 2 MB, and a user may have more threads than their ids fit into.
    """
    united: list[str] = []
    room = _THREAD_IDS_BYTES
    for thread_id in dict.fromkeys([*sorted(new), *before]):
        room -= len(thread_id.encode()) + 4
        if room < 0:
            break
        united.append(thread_id)
    return sorted(united)


def cap_summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The structured summary or profile, every list and text cut to a length that readers expect.

    A prompt asks for far less; the summary so far is part of the next prompt, so that what a model
    does not keep to would be paid for with every chunk.
    """
    return {
        name: _cap_text(value[: _CAPS.get(name, _CAP)], _MAX_ITEM)
        if isinstance(value, list)
        else _cap_text(value, _MAX_OVERVIEW)
        for name, value in summary.items()
    }


def _cap_text(value: Any, most: int) -> Any:
    """A text, or all texts in a list or an object, with at most so many characters."""
    if isinstance(value, str):
        return cut_at_word(value, most)
    if isinstance(value, list):
        return [_cap_text(item, most) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        return {name: _cap_text(item, most) for name, item in named.items()}
    return value


def build_thread_summary(
    key: ThreadKey, answer: Mapping[str, Any], embedding: Sequence[float] | None
) -> dict[str, Any]:
    """The summary document of a thread from its journalled answer (see WriteSummary)."""
    summary = cap_summary(answer["summary"])
    return {
        "id": thread_summary_id(key.user_id, key.thread_id),
        "user_id": key.user_id,
        "thread_id": key.thread_id,
        "role": "system",
        "type": "thread_summary",
        "content": summary["overview"],
        "metadata": {
            "structured_summary": summary,
            "source_count": answer["source_count"],
            "recent_k": None,
            "incremental_update": answer["incremental"],
            "chunks": answer["chunks"],
            **({"left_out": answer["left_out"]} if answer.get("left_out") else {}),
            **({"edition": edition} if (edition := edition_of(answer)) else {}),
        },
        "tags": build_tags(["sys:summary"], summary.get("topics", [])),
        "salience": 1.0,
        "created_at": answer["created_at"],
        "updated_at": answer["updated_at"],
        "prompt_id": answer["prompt_id"],
        "prompt_version": answer["prompt_version"],
        **({"embedding": list(embedding)} if embedding else {}),
        **_LIST_FIELDS,
    }


def build_user_summary(
    user_id: str, answer: Mapping[str, Any], embedding: Sequence[float] | None
) -> dict[str, Any]:
    """The profile document of a user from its journalled answer (see WriteProfile)."""
    profile = cap_summary(answer["profile"])
    versions = add_version(
        answer.get("versions") or [],
        answer.get("before"),
        profile,
        run=answer["run"],
        at=answer["updated_at"],
    )
    return {
        "id": user_summary_id(user_id),
        "user_id": user_id,
        "thread_id": USER_SUMMARY_THREAD,
        "role": "system",
        "type": "user_summary",
        "content": describe_profile(profile),
        "metadata": {
            "structured_summary": profile,
            "thread_ids": answer["thread_ids"],
            "source_thread_count": answer.get("source_thread_count", len(answer["thread_ids"])),
            "source_memory_count": answer["source_memory_count"],
            "recent_k": None,
            "incremental_update": answer["incremental"],
            "run": answer["run"],
        },
        # Not in the metadata, which search returns: what the profile said once is for nobody who
        # asks what holds.
        "versions": versions,
        "tags": build_tags(["sys:user-summary"], profile.get("topics", [])),
        "salience": 1.0,
        "created_at": answer["created_at"],
        "updated_at": answer["updated_at"],
        "prompt_id": answer["prompt_id"],
        "prompt_version": answer["prompt_version"],
        **({"embedding": list(embedding)} if embedding else {}),
        **_LIST_FIELDS,
    }


def describe_profile(profile: Mapping[str, Any]) -> str:
    """A profile as one text: its key facts, or, where it has none, all its other lists."""
    key_facts: list[str] = profile.get("key_facts") or []
    if key_facts:
        return "; ".join(key_facts)
    return "; ".join(item for value in profile.values() for item in value)
