"""Episodes: what the model may answer, what of it is grounded, and the document that is stored."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from shared.domain.facts import Evidence
from shared.domain.text import build_tags, clamp_score, comparison_form, content_hash
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.domain.turns import Frozen, ThreadKey, Turn

EPISODE_TTL = 7_776_000
STATUSES = ("successful", "partially_successful", "failed", "abandoned", "unknown")
_MAX_TITLE = 200
_MAX_SUMMARY = 2_000
_MAX_LINE = 500
_MAX_EVENTS = 20
_MAX_LESSONS = 5
_MAX_PARTICIPANTS = 20


class AnsweredEvent(Frozen):
    """One step of an episode as the model answers it; turn ids are the prompt's labels."""

    description: str
    occurred_at: str | None
    turn_ids: list[str]
    quote: str


class Outcome(Frozen):
    """How an episode ended."""

    status: str
    description: str


class AnsweredEpisode(Frozen):
    """One episode as the model answers it."""

    title: str
    summary: str
    participants: list[str]
    events: list[AnsweredEvent]
    outcome: Outcome | None
    lessons: list[str]
    tags: list[str]
    salience: float
    confidence: float


class EpisodesAnswer(Frozen):
    """The model's whole answer to one episode prompt."""

    episodes: list[AnsweredEpisode]


class Event(Frozen):
    """A step that happened, and the turns that prove it."""

    description: str
    occurred_at: str | None
    source_turn_ids: list[str]


class GroundedEpisode(Frozen):
    """An episode of which every event stands in the turns that it names.

    `source_turn_ids` are those of the events, in order; the times are those of these turns.
    """

    title: str
    summary: str
    participants: list[str]
    events: list[Event]
    outcome: Outcome | None
    lessons: list[str]
    topics: list[str]
    salience: float
    confidence: float
    source_turn_ids: list[str]
    evidence: list[Evidence]
    started_at: str
    ended_at: str
    agent_id: str | None = None
    id: str = ""
    created_at: str = ""
    ordinal: int = Field(default=0)


def ground_episode(
    answer: AnsweredEpisode, turns: Mapping[str, Turn], taken: set[str]
) -> GroundedEpisode | None:
    """The episode with those of its events that are proven; None where none is.

    `turns` are keyed by the labels that the prompt showed; turns whose ids are in `taken` belong to
    an earlier episode and prove nothing here. An event's quote is searched in the turns that it
    cites, then in all others: a wrong label costs nothing, an invented quote costs the event.
    """
    title, summary = _line(answer.title, _MAX_TITLE), _line(answer.summary, _MAX_SUMMARY)
    if not title or not summary:
        return None
    free = {label: turn for label, turn in turns.items() if turn.id not in taken}
    grounded = [_ground_event(event, free) for event in answer.events[:_MAX_EVENTS]]
    proven = [pair for pair in grounded if pair is not None]
    if not proven:
        return None
    by_id = {turn.id: turn for turn in free.values()}
    sources = list(dict.fromkeys(i for event, _ in proven for i in event.source_turn_ids))
    moments = sorted(by_id[turn_id].created_at for turn_id in sources)
    agents = {by_id[turn_id].agent_id for turn_id in sources}
    outcome = answer.outcome
    return GroundedEpisode(
        title=title,
        summary=summary,
        participants=_lines(answer.participants, _MAX_PARTICIPANTS),
        events=[event for event, _ in proven],
        outcome=Outcome(
            status=outcome.status if outcome.status in STATUSES else "unknown",
            description=_line(outcome.description, _MAX_LINE),
        )
        if outcome
        else None,
        lessons=_lines(answer.lessons, _MAX_LESSONS),
        topics=answer.tags,
        salience=clamp_score(answer.salience),
        confidence=clamp_score(answer.confidence),
        source_turn_ids=sources,
        evidence=[evidence for _, evidence in proven],
        started_at=moments[0],
        ended_at=moments[-1],
        agent_id=agents.pop() if len(agents) == 1 else None,
    )


def _ground_event(event: AnsweredEvent, turns: Mapping[str, Turn]) -> tuple[Event, Evidence] | None:
    quote, description = comparison_form(event.quote), _line(event.description, _MAX_LINE)
    if not quote or not description:
        return None
    cited = [turns[label] for label in event.turn_ids if label in turns]
    candidates = [*cited, *(turn for turn in turns.values() if turn not in cited)]
    proof = next((turn for turn in candidates if quote in comparison_form(turn.content)), None)
    if proof is None:
        return None
    moment = parse_timestamp(event.occurred_at)
    sources = dict.fromkeys([proof.id, *(turn.id for turn in cited)])
    return (
        Event(
            description=description,
            occurred_at=format_timestamp(moment) if moment else None,
            source_turn_ids=list(sources),
        ),
        Evidence(turn_id=proof.id, quote=event.quote.strip()[:_MAX_SUMMARY]),
    )


def _line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest].rstrip()


def _lines(texts: list[str], most: int) -> list[str]:
    lines = dict.fromkeys(line for text in texts if (line := _line(text, _MAX_LINE)))
    return list(lines)[:most]


def build_episode_document(
    episode: GroundedEpisode,
    key: ThreadKey,
    embedding: list[float] | None,
    prompt: tuple[str, str],
) -> dict[str, Any]:
    """The stored document of an episode, in the public SDK's shape plus provenance.

    `prompt` is the id and the version of the prompt that produced it. Without a vector the episode
    is found by its words only.
    """
    document: dict[str, Any] = {
        "id": episode.id,
        "user_id": key.user_id,
        "thread_id": key.thread_id,
        "role": "system",
        "type": "episodic",
        "content": episode.summary,
        "content_hash": content_hash(episode.summary),
        "title": episode.title,
        "started_at": episode.started_at,
        "ended_at": episode.ended_at,
        "participants": episode.participants,
        "events": [
            {"sequence": number, **event.model_dump(mode="json")}
            for number, event in enumerate(episode.events, 1)
        ],
        "outcome": episode.outcome.model_dump(mode="json") if episode.outcome else None,
        "lessons": episode.lessons,
        "salience": episode.salience,
        "confidence": episode.confidence,
        "metadata": {"evidence": [item.model_dump() for item in episode.evidence]},
        "tags": build_tags(["sys:episodic", "sys:auto-extracted"], episode.topics),
        "created_at": episode.created_at,
        "updated_at": episode.created_at,
        "ttl": EPISODE_TTL,
        "prompt_id": prompt[0],
        "prompt_version": prompt[1],
        "source_turn_ids": episode.source_turn_ids,
        "supersedes_ids": [],
        "source_memory_ids": [],
        "source_fact_ids": [],
        "source_episodic_ids": [],
    }
    if embedding is not None:
        document["embedding"] = embedding
    if episode.agent_id:
        document["agent_id"] = episode.agent_id
    return document
