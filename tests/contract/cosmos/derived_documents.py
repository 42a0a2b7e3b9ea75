"""Documents as the app derives them, written straight into the containers that the SDK made."""

from typing import Any

from tests.contract.cosmos.topic_vectors import embed

type Document = dict[str, Any]

PROCEDURAL = "__procedural__"
PROFILE = "__user_summary__"


def base(doc_id: str, user: str, thread: str, kind: str, content: str, **fields: Any) -> Document:
    return {
        "id": doc_id,
        "user_id": user,
        "thread_id": thread,
        "role": "system",
        "type": kind,
        "content": content,
        "metadata": {},
        "created_at": "2026-07-01T10:00:00+00:00",
        "updated_at": "2026-07-01T10:00:00+00:00",
        "tags": [f"sys:{kind}"],
        "salience": 0.5,
        "confidence": 0.9,
        "supersedes_ids": [],
        "source_memory_ids": [],
        "source_fact_ids": [],
        "source_episodic_ids": [],
        "embedding": embed(content),
        **fields,
    }


def fact(doc_id: str, user: str, thread: str, content: str, **fields: Any) -> Document:
    tags = ["sys:fact", "sys:auto-extracted", *fields.pop("tags", [])]
    metadata = {"category": "preference", "temporal_context": None, "source": "user"}
    evidence = {"evidence": [{"turn_id": "t-1", "quote": content}]}
    return base(
        doc_id,
        user,
        thread,
        "fact",
        content,
        **{"tags": tags, "metadata": metadata | evidence, "source_turn_ids": ["t-1"], **fields},
    )


def superseded(document: Document, by: str, at: str) -> Document:
    marks = {"superseded_by": by, "supersede_reason": "contradict", "superseded_at": at}
    return document | marks


def episode(doc_id: str, user: str, thread: str, content: str, **fields: Any) -> Document:
    timeline = {
        "title": "An episode",
        "started_at": "2026-07-01T09:00:00+00:00",
        "ended_at": "2026-07-01T10:00:00+00:00",
        "participants": ["ana"],
        "events": [
            {"sequence": 1, "description": "d", "occurred_at": None, "source_turn_ids": ["t-1"]}
        ],
        "outcome": {"status": "successful", "description": "ok"},
        "lessons": ["ask first"],
        "source_turn_ids": ["t-1"],
        "ttl": 7776000,
    }
    return base(doc_id, user, thread, "episodic", content, **{**timeline, **fields})


def procedure(doc_id: str, user: str, name: str, retrieval: str, **fields: Any) -> Document:
    rule = {
        "name": name,
        "summary": f"{name} always",
        "retrieval_text": retrieval,
        "procedure_kind": "behavioral_policy",
        "scope_type": "user",
        "scope_value": None,
        "activation_conditions": [],
        "steps": [],
        "safety_constraints": [],
        "status": "active",
        "priority": 0,
        "version": 1,
        "source_authority": "high",
        "embedding": embed(retrieval),
    }
    document = base(doc_id, user, PROCEDURAL, "procedural", rule["summary"], **{**rule, **fields})
    return {name: value for name, value in document.items() if name not in ("salience",)}


def thread_summary(user: str, thread: str, content: str, **fields: Any) -> Document:
    metadata = {"structured_summary": {"overview": content}, "source_count": 2}
    doc_id = f"summary_{user}_{thread}"
    more = {"tags": ["sys:summary"], "metadata": metadata, **fields}
    return base(doc_id, user, thread, "thread_summary", content, **more)


def user_summary(user: str, content: str) -> Document:
    metadata = {"structured_summary": {"key_facts": [content]}, "thread_ids": ["t1"]}
    doc_id = f"user_summary_{user}"
    return base(doc_id, user, PROFILE, "user_summary", content, metadata=metadata)
