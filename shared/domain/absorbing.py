"""What a stored fact becomes when it is said again."""

from typing import Any

from shared.domain.entities import Entity, unite_entities
from shared.domain.facts import UNCLASSIFIED_BELOW, GroundedFact, later_saying
from shared.domain.provenance import limit_evidence, limit_sources
from shared.domain.reprocess import was_retired
from shared.domain.text import build_tags


def absorb_fact(
    document: dict[str, Any], fact: GroundedFact, *, revive: bool
) -> dict[str, Any] | None:
    """The stored document with a fact's provenance, tags and scores; None if it has them already.

    `metadata.last_said_at` moves to when the fact was said last, where that is not `created_at`.
    A revived document is active again from the fact's event time on; its history stays readable
    in the facts that had superseded it. One that was retired is active again whenever it is said.
    """
    known: list[str] = list(document.get("source_turn_ids") or [])
    retired = was_retired(document.get("superseded_by"), document.get("supersede_reason"))
    if set(fact.source_turn_ids) <= set(known) and not (revive and retired):
        return None
    changed = dict(document)
    metadata = dict(changed.get("metadata") or {})
    created_at = str(changed.get("created_at") or "")
    said_at = str(metadata.get("last_said_at") or created_at)
    said = (str(metadata.get("source") or "user"), said_at, 0)
    _, said_at, _ = later_saying(said, (fact.source, fact.created_at, 0))
    evidence: list[dict[str, Any]] = list(metadata.get("evidence") or [])
    evidence += [item.model_dump() for item in fact.evidence if item.model_dump() not in evidence]
    metadata["evidence"] = evidence = limit_evidence(evidence)
    quoted = {str(item.get("turn_id")) for item in evidence}
    if fact.source == "user":
        metadata["source"] = "user"
    entities: list[dict[str, Any]] = metadata.get("entities") or []
    united = unite_entities(map(Entity.model_validate, entities), fact.entities)
    metadata["entities"] = [entity.model_dump() for entity in united]
    metadata["source_metadata"] = {
        **fact.source_metadata,
        **(metadata.get("source_metadata") or {}),
    }
    changed["metadata"] = metadata
    sources = dict.fromkeys([*known, *fact.source_turn_ids])
    changed["source_turn_ids"] = limit_sources(sources, quoted)
    changed["confidence"] = max(float(changed.get("confidence", 0.5)), fact.confidence)
    changed["salience"] = max(float(changed.get("salience", 0.5)), fact.salience)
    outdated = {"sys:unclassified"} if changed["confidence"] >= UNCLASSIFIED_BELOW else set[str]()
    outdated |= {"sys:agent-fact"} if fact.source == "user" else set[str]()
    tags: list[str] = list(changed.get("tags") or [])
    changed["tags"] = build_tags([tag for tag in tags if tag not in outdated], fact.topics)
    changed["updated_at"] = max(str(changed.get("updated_at", "")), fact.created_at)
    if revive or retired:
        for field in ("superseded_by", "supersede_reason", "superseded_at"):
            changed.pop(field, None)
        changed["created_at"] = created_at = max(fact.created_at, created_at)
    metadata["last_said_at"] = said_at
    if said_at == created_at:
        del metadata["last_said_at"]
    return changed
