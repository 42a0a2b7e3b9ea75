"""Facts: what the model may answer, what of it is grounded, and the document that is stored."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from shared.domain.entities import Entity, check_entities, find_entities, unite_entities
from shared.domain.identifiers import fact_id
from shared.domain.provenance import limit_evidence
from shared.domain.quotes import stands_in
from shared.domain.text import build_tags, clamp_score, content_hash
from shared.domain.turns import Frozen, ThreadKey, Turn, allowed_metadata
from shared.domain.unseen import neutralise_unseen

CATEGORIES = ("preference", "requirement", "biographical", "other")
MAX_FACT_CHARACTERS = 1000
UNCLASSIFIED_BELOW = 0.5


class AnsweredFact(Frozen):
    """One fact as the model answers it; turn ids and known ids are the prompt's short labels."""

    text: str
    category: str
    confidence: float
    salience: float
    temporal_context: str | None
    tags: list[str]
    turn_ids: list[str]
    quote: str
    duplicate_of: str | None
    supersedes: list[str]
    updates: list[str] = Field(default_factory=list)
    entities: list[Entity] = Field(default_factory=list[Entity])


class ExtractionAnswer(Frozen):
    """The model's whole answer to one extraction prompt."""

    facts: list[AnsweredFact]


class Evidence(Frozen):
    """A verbatim quote and the turn that it stands in."""

    turn_id: str
    quote: str


class GroundedFact(Frozen):
    """A fact whose quote was found in a turn; its source is that turn's role.

    `duplicate_of`, `supersedes` and `updates` are ids of memories, or `#<index>` of a fact of the
    same chunk. `supersedes` were never true or are denied, `updates` were true until now.
    `created_at` is the event time of the turn that grounds it; `order` is its place among the facts
    of its chunk, by the arrival of those turns. `source_metadata` is what the settings allow of the
    metadata of its turns.
    """

    content: str
    content_hash: str
    category: str
    confidence: float
    salience: float
    temporal_context: str | None
    topics: list[str]
    source: str
    source_turn_ids: list[str]
    evidence: list[Evidence]
    created_at: str
    agent_id: str | None = None
    duplicate_of: str | None = None
    supersedes: list[str] = Field(default_factory=list)
    updates: list[str] = Field(default_factory=list)
    entities: list[Entity] = Field(default_factory=list[Entity])
    source_metadata: dict[str, str] = Field(default_factory=dict)
    order: int = 0


class KnownFact(Frozen):
    """A stored fact as the deduplication sees it.

    `last_said_at` is the event time at which it was said last, where that is not `created_at`.
    """

    id: str
    thread_id: str
    content: str
    content_hash: str = ""
    source: str = "user"
    created_at: str = ""
    last_said_at: str | None = None
    superseded_by: str | None = None
    supersede_reason: str | None = None
    source_turn_ids: list[str] = Field(default_factory=list)

    @property
    def said_at(self) -> str:
        """When it was said last: what decides between facts that contradict each other."""
        return self.last_said_at or self.created_at


type Saying = tuple[str, str, int]
"""Whose word it is, its event time, and its place among the facts of its chunk."""


def later_saying(first: Saying, second: Saying) -> Saying:
    """The saying that dates a fact said twice: the later, but a user's before any of an agent's.

    An agent that repeats what its user said does not make it newer than what the user said since.
    """
    return max(first, second, key=lambda saying: (saying[0] == "user", saying[1:]))


def ground_fact(
    answer: AnsweredFact, turns: dict[str, Turn], metadata_keys: Sequence[str] = ()
) -> GroundedFact | None:
    """The fact with its source set by code; None where its quote stands in none of the turns.

    `turns` are keyed by the labels that the prompt showed. The cited turns are searched first, then
    all others: a wrong label costs nothing, an invented quote costs the fact. Only what a user or
    an agent said grounds a fact; tool output and system text do not, nor do they hide what does.
    """
    text = unicodedata.normalize("NFC", neutralise_unseen(answer.text))
    content = " ".join(text.split())[:MAX_FACT_CHARACTERS]
    if not content:
        return None
    cited = [turns[label] for label in answer.turn_ids if label in turns]
    candidates = [*cited, *(turn for turn in turns.values() if turn not in cited)]
    speakers = (turn for turn in candidates if turn.role in ("user", "agent"))
    grounding = next((t for t in speakers if stands_in(answer.quote, t.content)), None)
    if grounding is None:
        return None
    sources = list({turn.id: turn for turn in (grounding, *cited)}.values())
    quote = neutralise_unseen(answer.quote).strip()
    return GroundedFact(
        content=content,
        content_hash=content_hash(content),
        category=answer.category if answer.category in CATEGORIES else "other",
        confidence=clamp_score(answer.confidence),
        salience=clamp_score(answer.salience),
        temporal_context=neutralise_unseen(answer.temporal_context or "").strip() or None,
        topics=answer.tags,
        source=grounding.role,
        source_turn_ids=[turn.id for turn in sources],
        evidence=[Evidence(turn_id=grounding.id, quote=quote)],
        created_at=grounding.created_at,
        agent_id=grounding.agent_id,
        duplicate_of=answer.duplicate_of,
        supersedes=answer.supersedes,
        updates=answer.updates,
        entities=unite_entities(
            check_entities(answer.entities, [turn.content for turn in sources]),
            find_entities(content),
            find_entities(quote),
        ),
        source_metadata=_unite_metadata(sources, metadata_keys),
    )


def _unite_metadata(turns: Sequence[Turn], keys: Sequence[str]) -> dict[str, str]:
    """What is allowed of the turns' metadata; of two values that of the turn named first."""
    united: dict[str, str] = {}
    for turn in turns:
        united = {**allowed_metadata(turn, keys), **united}
    return united


def system_tags(fact: GroundedFact) -> list[str]:
    """The `sys:` tags of a fact."""
    tags = ["sys:fact", "sys:auto-extracted"]
    if fact.source == "agent":
        tags.append("sys:agent-fact")
    if fact.confidence < UNCLASSIFIED_BELOW:
        tags.append("sys:unclassified")
    return tags


def build_fact_document(
    fact: GroundedFact,
    key: ThreadKey,
    embedding: list[float] | None,
    prompt: tuple[str, str],
) -> dict[str, Any]:
    """The stored document of a fact, in the public SDK's shape plus provenance.

    `prompt` is the id and the version of the prompt that produced it. Without a vector the fact is
    found by its words only.
    """
    document: dict[str, Any] = {
        "id": fact_id(key.user_id, key.thread_id, fact.content_hash),
        "user_id": key.user_id,
        "thread_id": key.thread_id,
        "role": "system",
        "type": "fact",
        "content": fact.content,
        "content_hash": fact.content_hash,
        "confidence": fact.confidence,
        "salience": fact.salience,
        "metadata": {
            "category": fact.category,
            "temporal_context": fact.temporal_context,
            "source": fact.source,
            "evidence": [item.model_dump() for item in limit_evidence(fact.evidence)],
            "entities": [entity.model_dump() for entity in fact.entities],
            "source_metadata": fact.source_metadata,
        },
        "tags": build_tags(system_tags(fact), fact.topics),
        "created_at": fact.created_at,
        "updated_at": fact.created_at,
        "prompt_id": prompt[0],
        "prompt_version": prompt[1],
        "source_turn_ids": fact.source_turn_ids,
        "supersedes_ids": [],
        "source_memory_ids": [],
        "source_fact_ids": [],
        "source_episodic_ids": [],
    }
    if embedding is not None:
        document["embedding"] = embedding
    if fact.agent_id:
        document["agent_id"] = fact.agent_id
    return document
