"""What is left of a memory when turns or memories that it rests on are gone."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from shared.domain.text import comparison_form
from shared.domain.turns import Turn

type Document = dict[str, Any]

_SOURCES = ("source_fact_ids", "source_episodic_ids", "source_memory_ids")
_ENDED = ("superseded_by", "supersede_reason", "superseded_at")


def forget_turns(document: Mapping[str, Any], turn_ids: Collection[str]) -> Document | None:
    """The memory without these turns as its sources; None if it cannot stay.

    A memory with quotes stays as long as one of them stands in a turn that is left: a turn that is
    merely cited proves nothing. One without quotes stays as long as it has a source. A text that
    tells of several turns at once (an episode) does not stay: what it says of the vanished ones
    cannot be told apart.
    """
    sources: list[str] = list(document.get("source_turn_ids") or [])
    left = [turn_id for turn_id in sources if turn_id not in turn_ids]
    metadata: dict[str, Any] = dict(document.get("metadata") or {})
    evidence: list[dict[str, Any]] = list(metadata.get("evidence") or [])
    proofs = [item for item in evidence if item.get("turn_id") not in turn_ids]
    if len(left) == len(sources) and len(proofs) == len(evidence):
        return dict(document)
    if document.get("type") == "episodic" or not left or (evidence and not proofs):
        return None
    if evidence:
        metadata["evidence"] = proofs
    return {**document, "source_turn_ids": left, "metadata": metadata}


def find_other_proof(
    document: Mapping[str, Any], turn_ids: Collection[str], turns: Iterable[Turn]
) -> Document | None:
    """The memory with its quotes where they stand in other turns that it cites; None if nowhere.

    `turns` are those that it cites. One of another speaker than the one it is known from proves
    nothing: what an agent repeats was not said by the user.
    """
    metadata: dict[str, Any] = dict(document.get("metadata") or {})
    evidence: list[dict[str, Any]] = list(metadata.get("evidence") or [])
    proofs = [
        {**item, "turn_id": turn.id}
        for turn in turns
        if turn.id not in turn_ids and turn.role == metadata.get("source")
        for item in evidence
        if comparison_form(str(item["quote"])) in comparison_form(turn.content)
    ]
    if not proofs:
        return None
    sources: list[str] = list(document.get("source_turn_ids") or [])
    left = [turn_id for turn_id in sources if turn_id not in turn_ids]
    metadata["evidence"] = proofs
    return {**document, "source_turn_ids": left, "metadata": metadata}


def forget_memories(document: Mapping[str, Any], memory_ids: Collection[str]) -> Document | None:
    """The derived memory without these memories as its sources; None if it cannot stay.

    It cannot without any source left. A rule cannot without one of those that it came of: any of
    them may be why it says what it says.
    """
    before = {name: list(document.get(name) or []) for name in _SOURCES}
    after = {name: [m for m in ids if m not in memory_ids] for name, ids in before.items()}
    if after == before:
        return dict(document)
    if document.get("type") == "procedural" or not any(after.values()):
        return None
    return {**document, **{name: ids for name, ids in after.items() if name in document}}


def pass_on(document: Mapping[str, Any], forgotten: Mapping[str, Mapping[str, Any]]) -> Document:
    """A memory that a forgotten one had ended: true again, or ended by what had ended that one.

    `forgotten` holds the forgotten memories by id. What contradicted the memory, or said the same,
    was never said as far as anybody may know.
    """
    ending: Mapping[str, Any] = document
    followed: set[str] = {str(document["id"])}
    while (heir := str(ending.get("superseded_by") or "")) in forgotten and heir not in followed:
        followed.add(heir)
        ending = forgotten[heir]
    if not heir or heir in followed:
        return {name: value for name, value in document.items() if name not in _ENDED}
    return {**document, **{name: ending[name] for name in _ENDED if name in ending}}
