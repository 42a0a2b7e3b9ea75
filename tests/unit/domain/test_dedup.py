from shared.domain.absorbing import absorb_fact
from shared.domain.arrival_order import number_by_arrival
from shared.domain.dedup import (
    decide_facts,
    list_memories,
    merge_chunk_facts,
    unite_facts,
)
from shared.domain.entities import Entity
from shared.domain.facts import build_fact_document
from tests.unit.domain.fact_histories import (
    KEY,
    Store,
    active,
    apply,
    decide,
    fact,
    id_of,
    look_up,
    process,
)


def test_a_change_of_mind_and_back_is_remembered_as_it_is_now() -> None:
    store: Store = {}
    for at, content, superseded in [
        ("1", "likes tea", []),
        ("2", "hates tea", [id_of("likes tea")]),
        ("3", "likes tea", [id_of("hates tea")]),
        ("4", "hates tea", [id_of("likes tea")]),
    ]:
        store = process(store, [fact(content, at, supersedes=superseded)])
        assert active(store) == {content}


def test_a_change_of_mind_and_back_within_a_chunk_is_remembered_as_it_is_now() -> None:
    for times in ("123", "111"):  # the second: turns without a date, stored in the same second
        facts = [
            fact("likes tea", times[0]),
            fact("hates tea", times[1], supersedes=["#0"]),
            fact("likes tea", times[2], supersedes=["#1"]),
        ]
        assert active(process({}, facts)) == {"likes tea"}


def test_a_chunk_that_is_run_again_after_its_fact_was_superseded_does_not_revive_it() -> None:
    first = [fact("likes tea", "1")]
    store = process(process({}, first), [fact("hates tea", "2", supersedes=[id_of("likes tea")])])
    assert active(process(store, first)) == {"hates tea"}


def test_an_old_turn_that_arrives_late_does_not_revive_what_changed_since() -> None:
    store = process({}, [fact("likes tea", "3")])
    store = process(store, [fact("hates tea", "4", supersedes=[id_of("likes tea")])])
    store = process(store, [fact("likes tea", "1")])
    assert active(store) == {"hates tea"}
    assert store[id_of("likes tea")]["source_turn_ids"] == ["turn-3", "turn-1"]


def test_an_old_turn_that_arrives_late_loses_to_the_newer_fact_it_contradicts() -> None:
    store = process({}, [fact("hates tea", "3")])
    store = process(store, [fact("likes tea", "1", supersedes=[id_of("hates tea")])])
    assert active(store) == {"hates tea"}


def test_an_old_turn_that_arrives_late_does_not_outdo_what_ended_the_fact() -> None:
    """Nor what ended that in turn: the last word on the matter is the one that counts."""
    store = process({}, [fact("likes tea", "1")])
    store = process(store, [fact("hates tea", "5", supersedes=[id_of("likes tea")])])
    assert active(process(store, [fact("likes tea", "3")])) == {"hates tea"}
    store = process(store, [fact("drinks no tea", "8", supersedes=[id_of("hates tea")])])
    assert active(process(store, [fact("likes tea", "7")])) == {"drinks no tea"}
    assert active(process(store, [fact("likes tea", "8")])) == {"drinks no tea", "likes tea"}


def test_an_agent_revives_nothing_that_its_user_has_changed() -> None:
    store = process({}, [fact("likes tea", "1")])
    store = process(store, [fact("hates tea", "2", supersedes=[id_of("likes tea")])])
    store = process(store, [fact("likes tea", "3", source="agent")])
    assert active(store) == {"hates tea"}


def test_what_an_agent_says_once_more_makes_a_users_fact_no_newer() -> None:
    ours = fact("likes tea", "1")
    agents = fact("likes tea", "9", source="agent")
    document = build_fact_document(ours, KEY, None, ("p", "1"))
    for said, at in [(agents, "1"), (fact("likes tea", "3"), "3"), (fact("likes tea", "2"), "3")]:
        document = absorb_fact(document, said, revive=False) or document
        store = {document["id"]: document}
        assert look_up(store, list(store))[document["id"]].said_at == at
    assert unite_facts(ours, agents).created_at == unite_facts(agents, ours).created_at == "1"


def test_a_users_word_dates_a_fact_that_was_an_agents() -> None:
    agents = fact("likes tea", "9", source="agent")
    document = build_fact_document(agents, KEY, None, ("p", "1"))
    changed = absorb_fact(document, fact("likes tea", "3"), revive=False)
    assert changed is not None
    store = {document["id"]: changed}
    assert look_up(store, list(store))[document["id"]].said_at == "3"


def test_a_paraphrase_is_folded_into_the_fact_that_the_model_names() -> None:
    store = process({}, [fact("likes tea", "1")])
    merged = merge_chunk_facts([fact("enjoys tea", "2", duplicate_of=id_of("likes tea"))])
    decisions = decide(store, merged)
    assert decisions.folds == {0: id_of("likes tea")}
    assert list_memories(KEY, merged, decisions.folds) == [id_of("likes tea")]
    store = apply(store, merged, decisions)
    assert list(store) == [id_of("likes tea")]
    assert store[id_of("likes tea")]["source_turn_ids"] == ["turn-1", "turn-2"]


def test_a_paraphrase_of_a_fact_that_holds_no_more_is_a_fact_of_its_own() -> None:
    store = process({}, [fact("likes tea", "1")])
    store = process(store, [fact("hates tea", "2", supersedes=[id_of("likes tea")])])
    store = process(store, [fact("enjoys tea", "3", duplicate_of=id_of("likes tea"))])
    assert active(store) == {"hates tea", "enjoys tea"}


def test_a_paraphrase_by_the_agent_is_not_folded_into_the_users_fact() -> None:
    store = process({}, [fact("likes tea", "1")])
    agents = fact("enjoys tea", "2", source="agent", duplicate_of=id_of("likes tea"))
    assert active(process(store, [agents])) == {"likes tea", "enjoys tea"}


def test_a_repetition_within_a_chunk_keeps_the_stored_fact_that_either_names() -> None:
    store = process({}, [fact("enjoys tea", "1")])
    facts = [fact("likes tea", "2"), fact("likes tea", "3", duplicate_of=id_of("enjoys tea"))]
    assert active(process(store, facts)) == {"enjoys tea"}


def test_uniting_keeps_the_better_scores_and_everything_that_proves_the_fact() -> None:
    united = unite_facts(fact("a", "1", confidence=0.4), fact("a", "2", confidence=0.8))
    assert united.confidence == 0.8
    assert united.source_turn_ids == ["turn-1", "turn-2"]
    assert [piece.turn_id for piece in united.evidence] == ["turn-1", "turn-2"]


def test_new_evidence_lifts_a_fact_out_of_the_unclassified() -> None:
    document = build_fact_document(fact("a", "1", confidence=0.3), KEY, None, ("p", "1"))
    assert "sys:unclassified" in document["tags"]
    changed = absorb_fact(document, fact("a", "2", confidence=0.8), revive=False)
    assert changed is not None
    assert "sys:unclassified" not in changed["tags"]
    assert changed["updated_at"] == "2"
    assert changed["created_at"] == "1"


def test_absorbing_leaves_the_document_that_was_read_as_it_is() -> None:
    document = build_fact_document(fact("a", "1"), KEY, None, ("p", "1"))
    before = repr(document)
    absorb_fact(document, fact("a", "2"), revive=True)
    assert repr(document) == before


def test_of_turns_with_one_event_time_the_last_to_arrive_decides() -> None:
    """However often the mind is changed within a chunk: turns without a date are like that."""
    contents = ["likes tea", "hates tea"]
    for changes in range(1, 7):
        facts = [
            fact(contents[n % 2], "1", order=n, supersedes=[f"#{n - 1}"] if n else [])
            for n in range(changes)
        ]
        assert active(process({}, facts)) == {contents[(changes - 1) % 2]}


def test_the_order_of_arrival_counts_and_not_the_order_of_the_answer() -> None:
    facts = [fact("hates tea", "1", order=1), fact("likes tea", "1", order=0, supersedes=["#0"])]
    assert active(process({}, facts)) == {"hates tea"}


def test_facts_are_numbered_by_the_turns_that_ground_them() -> None:
    facts = [fact("c", "3"), fact("a", "1"), fact("b", "1"), fact("x", "9")]
    numbered = number_by_arrival(facts, ["turn-1", "turn-2", "turn-3", "turn-9"])
    assert [item.order for item in numbered] == [2, 0, 1, 3]


def test_what_was_true_until_now_ends_as_an_update() -> None:
    store = process({}, [fact("lives in Rome", "1"), fact("likes tea", "1")])
    moved = fact("lives in Oslo", "2", updates=[id_of("lives in Rome")])
    denied = fact("hates tea", "2", supersedes=[id_of("likes tea")])
    decisions = decide(store, merge_chunk_facts([moved, denied]))
    assert {loser for loser, _ in decisions.supersedes} == {
        id_of("lives in Rome"),
        id_of("likes tea"),
    }
    assert decisions.updates == [id_of("lives in Rome")]


def test_a_duplicate_that_is_said_again_stays_folded_while_the_other_is_active() -> None:
    store = process({}, [fact("likes tea", "1"), fact("enjoys tea", "1")])
    ended = {"superseded_by": id_of("enjoys tea"), "supersede_reason": "duplicate"}
    store[id_of("likes tea")] |= ended
    again = [fact("likes tea", "2")]
    assert decide_facts(KEY, again, look_up(store, list(store))).revives == {}
    store[id_of("enjoys tea")]["superseded_by"] = "fact_other"
    revived = decide_facts(KEY, again, look_up(store, list(store))).revives
    assert revived == {0: id_of("likes tea")}


def test_a_fact_of_several_mentions_carries_what_each_of_them_adds() -> None:
    first = fact("a", "1", source_metadata={"ticket": "1"}, entities=[Entity(type="order", id="7")])
    again = fact("a", "2", source_metadata={"ticket": "2", "team": "x"})
    document = build_fact_document(first, KEY, None, ("p", "1"))
    changed = absorb_fact(document, again, revive=False)
    assert changed is not None
    for metadata in (changed["metadata"], unite_facts(first, again).model_dump()):
        assert metadata["source_metadata"] == {"ticket": "1", "team": "x"}
        assert metadata["entities"] == [{"type": "order", "id": "7"}]


def test_only_a_generation_retires_and_a_fact_that_was_updated_stays_ended() -> None:
    store = process({}, [fact("lives in Rome", "1"), fact("lives in Oslo", "2")])
    rome = store[id_of("lives in Rome")]
    rome |= {"supersede_reason": "update", "superseded_by": id_of("lives in Oslo")}
    again = [fact("lives in Rome", "1")]
    assert decide_facts(KEY, again, look_up(store, list(store))).revives == {}
    assert absorb_fact(rome, again[0], revive=False) is None
    rome["superseded_by"] = "chunk:7"
    revived = decide_facts(KEY, again, look_up(store, list(store))).revives
    assert revived == {0: id_of("lives in Rome")}
