from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.absorbing import absorb_fact
from shared.domain.dedup import list_memories, merge_chunk_facts
from shared.domain.facts import GroundedFact, build_fact_document
from tests.unit.domain.fact_histories import (
    KEY,
    Store,
    apply,
    chunks,
    decide,
    drop_unknown,
    histories,
    id_of,
)


@given(chunks())
def test_merging_loses_no_turn_and_leaves_each_content_once(facts: list[GroundedFact]) -> None:
    merged = merge_chunk_facts(facts)
    hashes = [item.content_hash for item in merged]
    assert len(set(hashes)) == len(hashes)
    before = {turn_id for item in facts for turn_id in item.source_turn_ids}
    after = {turn_id for item in merged for turn_id in item.source_turn_ids}
    assert after == before
    evidence = {repr(piece) for item in facts for piece in item.evidence}
    assert {repr(piece) for item in merged for piece in item.evidence} == evidence


@given(chunks())
def test_merging_leaves_only_references_that_name_something(facts: list[GroundedFact]) -> None:
    merged = merge_chunk_facts(facts)
    indices = {f"#{index}" for index in range(len(merged))}
    for item in merged:
        assert not (item.duplicate_of or "").startswith("#")
        assert {ref for ref in item.supersedes if ref.startswith("#")} <= indices


@given(chunks())
def test_merging_what_is_merged_changes_nothing(facts: list[GroundedFact]) -> None:
    merged = merge_chunk_facts(facts)
    assert merge_chunk_facts(merged) == merged


@given(histories())
def test_every_fact_of_a_chunk_is_created_folded_or_revived(
    history: list[list[GroundedFact]],
) -> None:
    store: Store = {}
    for facts in history:
        merged = merge_chunk_facts(drop_unknown(store, facts))
        decisions = decide(store, merged)
        decided = [*decisions.creates, *decisions.folds, *decisions.revives]
        assert sorted(decided) == list(range(len(merged)))
        store = apply(store, merged, decisions)
        memories = list_memories(KEY, merged, {**decisions.folds, **decisions.revives})
        assert set(memories) <= set(store)


@given(histories())
def test_running_a_chunk_twice_changes_nothing(history: list[list[GroundedFact]]) -> None:
    store: Store = {}
    for facts in history:
        merged = merge_chunk_facts(drop_unknown(store, facts))
        assert decide(store, merged) == decide(store, merged)
        store = apply(store, merged, decide(store, merged))
        assert apply(store, merged, decide(store, merged)) == store


@given(histories())
def test_no_fact_supersedes_itself_and_none_in_a_circle(
    history: list[list[GroundedFact]],
) -> None:
    store: Store = {}
    for facts in history:
        merged = merge_chunk_facts(drop_unknown(store, facts))
        pairs = decide(store, merged).supersedes
        assert len({loser for loser, _ in pairs}) == len(pairs)
        winners = dict(pairs)
        for loser in winners:
            seen = {loser}
            while (winner := winners.get(loser)) is not None:
                assert winner not in seen
                seen.add(winner)
                loser = winner
        store = apply(store, merged, decide(store, merged))


@given(histories())
def test_an_agent_never_supersedes_what_the_user_said(history: list[list[GroundedFact]]) -> None:
    store: Store = {}
    for facts in history:
        merged = merge_chunk_facts(drop_unknown(store, facts))
        decisions = decide(store, merged)
        store = apply(store, merged, decisions)
        for loser, winner in decisions.supersedes:
            sources = (store[winner]["metadata"]["source"], store[loser]["metadata"]["source"])
            assert sources != ("agent", "user")


@given(histories())
def test_what_a_user_said_is_never_labelled_as_the_agents(
    history: list[list[GroundedFact]],
) -> None:
    store: Store = {}
    by_user: set[str] = set()
    for facts in history:
        merged = merge_chunk_facts(drop_unknown(store, facts))
        decisions = decide(store, merged)
        store = apply(store, merged, decisions)
        for index, item in enumerate(merged):
            if item.source == "user":
                by_user.add(decisions.folds.get(index, id_of(item.content)))
    for memory_id in by_user:
        assert store[memory_id]["metadata"]["source"] == "user"
        assert "sys:agent-fact" not in store[memory_id]["tags"]


@given(chunks(), st.booleans())
def test_absorbing_twice_changes_nothing(facts: list[GroundedFact], revive: bool) -> None:
    document: dict[str, Any] = build_fact_document(facts[0], KEY, None, ("p", "1"))
    for item in facts:
        document = absorb_fact(document, item, revive=revive) or document
        assert absorb_fact(document, item, revive=revive) is None
