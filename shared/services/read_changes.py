"""What a user's profile has to learn: memories that have changed, and what of them holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.facts import KnownFact
from shared.domain.procedures import TRUSTED_SOURCES
from shared.domain.text import content_hash
from shared.ports import ChangedMemories
from shared.services.fold_duplicates import FoldDuplicates


@dataclass(frozen=True, slots=True)
class Changes:
    """Memories written since a moment: active ones by type, and texts that hold no more.

    `rows` are all that the look has met, those included that an earlier run has folded.
    """

    facts: list[dict[str, Any]]
    procedures: list[dict[str, Any]]
    episodes: list[dict[str, Any]]
    retracted: list[str]
    rows: list[dict[str, Any]]

    @property
    def active(self) -> list[dict[str, Any]]:
        """The active memories of every type."""
        return [*self.facts, *self.procedures, *self.episodes]


@dataclass(frozen=True, slots=True)
class ReadChanges:
    """Reads a user's changed memories in one look, equal facts folded into one.

    A procedure counts only while it is one that agents follow: a candidate may be worded by
    anybody, and a profile speaks of the user.
    """

    memories: ChangedMemories
    fold_duplicates: FoldDuplicates

    async def run(self, user_id: str, since: int, folded_versions: set[str]) -> Changes:
        """What has changed since Unix time `since`, save the versions that were folded before."""
        rows = await self.memories.since(user_id, since, folded_versions)
        # What was folded comes without content; others write memories too, and may leave it out.
        changed = [row for row in rows if row.get("content")]
        facts, procedures, episodes = (
            [row for row in changed if row["type"] == kind]
            for kind in ("fact", "procedural", "episodic")
        )
        active = [fact for fact in facts if not fact.get("superseded_by")]
        hashes = {str(fact["content_hash"]) for fact in active if fact.get("content_hash")}
        folded = await self.fold_duplicates.fold(user_id, sorted(hashes))
        return Changes(
            facts=_unite_folded(active, folded),
            procedures=[rule for rule in procedures if _is_followed(rule)],
            episodes=[episode for episode in episodes if not episode.get("superseded_by")],
            retracted=_list_retracted([*facts, *episodes], procedures),
            rows=rows,
        )


def _unite_folded(
    facts: Sequence[dict[str, Any]], folded: Mapping[str, KnownFact]
) -> list[dict[str, Any]]:
    """Each fact once, as it was said last: what was folded stands for what it was folded into."""
    kept_by_id = {kept.id: kept for kept in folded.values()}
    united: dict[str, dict[str, Any]] = {}
    for fact in facts:
        kept = folded.get(fact["id"]) or kept_by_id.get(fact["id"])
        said = {"id": kept.id, "last_said_at": kept.said_at} if kept else {}
        united.setdefault(kept.id if kept else fact["id"], {**fact, **said})
    return list(united.values())


def _is_followed(procedure: Mapping[str, Any]) -> bool:
    return procedure.get("status") == "active" and not procedure.get("superseded_by")


def _list_retracted(
    memories: Sequence[Mapping[str, Any]], procedures: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The texts of what holds no more; what never was told is not retracted, nor what still holds.

    Told are only rules that rest on the user's own words, whatever became of their status. What
    ended in one place and was said again in another still holds, unless only an agent says so.
    """
    # What a duplicate of said still holds: only other superseded memories are retracted.
    ended = [
        memory
        for memory in memories
        if memory.get("superseded_by") and memory.get("supersede_reason") != "duplicate"
    ]
    ended += [
        procedure
        for procedure in procedures
        if procedure.get("source_kind") in TRUSTED_SOURCES
        and procedure.get("status") != "candidate"
        and not _is_followed(procedure)
    ]
    active = [memory for memory in memories if not memory.get("superseded_by")]
    active += [procedure for procedure in procedures if _is_followed(procedure)]
    held = {_identify(memory) for memory in active}
    held_by_users = {_identify(memory) for memory in active if not _is_of_agent(memory)}
    return [
        str(memory["content"])
        for memory in ended
        if _identify(memory) not in (held if _is_of_agent(memory) else held_by_users)
    ]


def _identify(memory: Mapping[str, Any]) -> tuple[str, str]:
    return str(memory["type"]), content_hash(str(memory["content"]))


def _is_of_agent(memory: Mapping[str, Any]) -> bool:
    return memory.get("source") == "agent"
