"""Random histories of chunks over a small vocabulary, and a store of facts that is a dictionary."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from shared.domain.absorbing import absorb_fact
from shared.domain.dedup import (
    FactDecisions,
    decide_facts,
    merge_chunk_facts,
    named_facts,
    named_winners,
)
from shared.domain.facts import Evidence, GroundedFact, KnownFact, build_fact_document
from shared.domain.identifiers import fact_id
from shared.domain.text import content_hash
from shared.domain.turns import ThreadKey

KEY = ThreadKey(user_id="u", thread_id="t")
CONTENTS = ["likes tea", "hates tea", "likes coffee", "is Ana"]
type Store = dict[str, dict[str, Any]]


def fact(content: str, at: str, *, source: str = "user", **fields: Any) -> GroundedFact:
    turn_id = f"turn-{at}" if source == "user" else f"agent-turn-{at}"
    return GroundedFact(
        content=content,
        content_hash=content_hash(content),
        category="preference",
        confidence=fields.pop("confidence", 0.9),
        salience=0.5,
        temporal_context=None,
        topics=[content.split()[-1]],
        source=source,
        source_turn_ids=[turn_id],
        evidence=[Evidence(turn_id=turn_id, quote=content)],
        created_at=at,
        **fields,
    )


def id_of(content: str) -> str:
    return fact_id(KEY.user_id, KEY.thread_id, content_hash(content))


def look_up(store: Store, ids: Sequence[str]) -> dict[str, KnownFact]:
    found = (store[fact_id] for fact_id in ids if fact_id in store)
    names = ("source", "last_said_at")
    return {
        document["id"]: KnownFact.model_validate(
            {**document, **{name: document["metadata"].get(name) for name in names}}
        )
        for document in found
    }


def decide(store: Store, merged: Sequence[GroundedFact]) -> FactDecisions:
    stored = look_up(store, named_facts(KEY, merged))
    while ended_by := look_up(store, named_winners(stored)):
        stored |= ended_by
    return decide_facts(KEY, merged, stored)


def apply(store: Store, merged: Sequence[GroundedFact], decisions: FactDecisions) -> Store:
    """The store after the decisions, each write one that changes nothing the second time."""
    after = dict(store)
    for index in decisions.creates:
        document = build_fact_document(merged[index], KEY, None, ("p", "1"))
        after.setdefault(document["id"], document)
    for index, target in {**decisions.folds, **decisions.revives}.items():
        revive = index in decisions.revives
        changed = absorb_fact(after[target], merged[index], revive=revive)
        after[target] = changed or after[target]
    for loser, winner in decisions.supersedes:
        if loser in after and not after[loser].get("superseded_by"):
            after[loser] = {**after[loser], "superseded_by": winner}
    return after


def drop_unknown(store: Store, facts: Sequence[GroundedFact]) -> list[GroundedFact]:
    """The facts as an extraction answers them: of stored facts it names only those it was shown."""

    def is_known(reference: str | None) -> bool:
        return not (reference or "").startswith("fact_") or reference in {*store, "fact_erased"}

    return [
        item.model_copy(
            update={
                "supersedes": [ref for ref in item.supersedes if is_known(ref)],
                "duplicate_of": item.duplicate_of if is_known(item.duplicate_of) else None,
            }
        )
        for item in facts
    ]


def own_turns(chunk: int, facts: Sequence[GroundedFact]) -> list[GroundedFact]:
    """The facts with turns that are in no other chunk, as a ledger has it."""
    renamed: list[GroundedFact] = []
    for item in facts:
        [turn_id], [evidence] = item.source_turn_ids, item.evidence
        moved = evidence.model_copy(update={"turn_id": f"{chunk}:{turn_id}"})
        update = {"source_turn_ids": [moved.turn_id], "evidence": [moved]}
        renamed.append(item.model_copy(update=update))
    return renamed


def process(store: Store, facts: Sequence[GroundedFact]) -> Store:
    merged = merge_chunk_facts(facts)
    return apply(store, merged, decide(store, merged))


def active(store: Store) -> set[str]:
    return {item["content"] for item in store.values() if not item.get("superseded_by")}


@st.composite
def chunks(draw: st.DrawFn) -> list[GroundedFact]:
    facts: list[GroundedFact] = []
    for index in range(draw(st.integers(1, 5))):
        earlier = [f"#{n}" for n in range(index)]
        stored = [id_of(content) for content in CONTENTS]
        references = st.sampled_from([*earlier, *stored, "fact_erased"])
        facts.append(
            fact(
                draw(st.sampled_from(CONTENTS)),
                draw(st.sampled_from("12345")),
                source=draw(st.sampled_from(["user", "user", "agent"])),
                duplicate_of=draw(st.none() | references),
                supersedes=draw(st.lists(references, max_size=2, unique=True)),
            )
        )
    return facts


def histories() -> st.SearchStrategy[list[list[GroundedFact]]]:
    """Chunks in the order in which they are processed."""
    return st.lists(chunks(), min_size=1, max_size=4).map(
        lambda history: [own_turns(chunk, facts) for chunk, facts in enumerate(history)]
    )
