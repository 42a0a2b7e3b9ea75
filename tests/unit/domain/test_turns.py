import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.turns import (
    MAX_PARTITION_BYTES,
    SEEN_OUTLIVES_TURN,
    ThreadKey,
    fits_partition,
    group_arrivals,
    read_arrival,
    read_turn,
)

LONGEST_TTL = 2**31 - 1
DAY, MONTH = 86_400, SEEN_OUTLIVES_TURN
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(["turn", "fact", "1", "x"])
)
GARBAGE = SCALARS | st.lists(SCALARS, max_size=2) | st.just({"id": "x"})
FIELDS = ("id", "user_id", "thread_id", "type", "ttl", "_ts", "_lsn", "role", "content")
GARBAGE_DOCUMENTS = st.dictionaries(st.sampled_from(FIELDS), GARBAGE)


def turn_document(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "user_id": "u", "thread_id": "t", "type": "turn", "_ts": 100, **fields}


@given(GARBAGE_DOCUMENTS)
def test_no_document_whatever_stops_the_others(garbage: dict[str, Any]) -> None:
    good = turn_document(id="the good one")
    arrivals = group_arrivals([garbage, turn_document(**garbage), good])
    turn_ids = [turn.turn_id for turn in arrivals.threads[("u", "t")]]
    assert "the good one" in turn_ids
    assert len(arrivals.rejected) <= 2


@given(GARBAGE_DOCUMENTS.filter(lambda document: "type" not in document))
def test_documents_that_are_no_turns_are_neither_counted_nor_rejected(
    document: dict[str, Any],
) -> None:
    arrivals = group_arrivals([document, {**document, "type": "fact"}])
    assert (arrivals.threads, arrivals.rejected) == ({}, [])


@pytest.mark.parametrize("field", ["id", "user_id", "thread_id"])
@pytest.mark.parametrize("value", [None, "", 7, ["a"]])
def test_a_turn_without_a_usable_id_is_rejected(field: str, value: Any) -> None:
    arrivals = group_arrivals([turn_document(**{field: value})])
    [rejected] = arrivals.rejected
    assert (arrivals.threads, rejected.reason) == ({}, "id_missing")


def test_ids_longer_than_a_partition_key_are_rejected() -> None:
    assert fits_partition("u", "t" * (MAX_PARTITION_BYTES - 1))
    assert not fits_partition("ü", "t" * (MAX_PARTITION_BYTES - 1))
    assert not fits_partition("\ud800", "t")
    [rejected] = group_arrivals([turn_document(thread_id="t" * MAX_PARTITION_BYTES)]).rejected
    assert (rejected.reason, rejected.turn_id) == ("ids_too_long", "a")


@given(st.permutations([(1, 2), (1, 10), (2, 1), (10, 0), (10, 3)]))
def test_turns_are_in_server_order_whatever_their_order_in_the_batch(
    stamps: list[tuple[int, int]],
) -> None:
    documents = [
        turn_document(id=f"{second}.{place}", _ts=second, _lsn=place) for second, place in stamps
    ]
    [turns] = group_arrivals(documents).threads.values()
    assert [turn.turn_id for turn in turns] == ["1.2", "1.10", "2.1", "10.0", "10.3"]


def test_client_clocks_have_no_say_in_the_order() -> None:
    late = turn_document(id="late", _ts=2, created_at="1999-01-01T00:00:00+00:00")
    early = turn_document(id="early", _ts=1, created_at="2999-01-01T00:00:00+00:00")
    [turns] = group_arrivals([late, early]).threads.values()
    assert [turn.turn_id for turn in turns] == ["early", "late"]


def test_a_turn_that_comes_twice_in_a_batch_is_there_once() -> None:
    [turns] = group_arrivals([turn_document(), turn_document(_ts=101)]).threads.values()
    assert [turn.turn_id for turn in turns] == ["a"]


def test_threads_are_told_apart_by_user_and_thread() -> None:
    documents = [
        turn_document(user_id=user_id, thread_id=thread_id)
        for user_id, thread_id in [("u", "t"), ("u", "t2"), ("u2", "t"), ("ut", "")]
    ]
    assert set(group_arrivals(documents).threads) == {("u", "t"), ("u", "t2"), ("u2", "t")}


@pytest.mark.parametrize(
    ("ttl", "default", "kept"),
    [
        (3600, DAY, 3600 + MONTH),
        (None, DAY, DAY + MONTH),
        (True, DAY, DAY + MONTH),
        ("60", 12 * MONTH, 13 * MONTH),
        (None, -1, -1),
        (3600, -1, 3600 + MONTH),
        (3600, None, -1),
        (None, None, -1),
        (-1, DAY, -1),
        (10**30, DAY, LONGEST_TTL),
        (LONGEST_TTL, DAY, LONGEST_TTL),
        (None, LONGEST_TTL - 5, LONGEST_TTL),
    ],
)
def test_the_memory_of_a_turn_outlives_it_and_stays_a_ttl_that_cosmos_takes(
    ttl: Any, default: int | None, kept: int
) -> None:
    arrival = read_arrival(turn_document(ttl=ttl), default_ttl=default)
    assert isinstance(arrival, tuple)
    assert arrival[0] == ThreadKey(user_id="u", thread_id="t")
    assert arrival[1].ttl == kept


@pytest.mark.parametrize(
    ("role", "read"),
    [
        ("user", "user"),
        ("agent", "agent"),
        ("Assistant", "agent"),
        ("tool", "tool"),
        ("system", "system"),
        ("admin", "system"),
        (None, "system"),
        (["user"], "system"),
    ],
)
def test_an_unknown_role_is_never_that_of_a_user(role: Any, read: str) -> None:
    assert read_turn({"id": "a", "role": role}).role == read


@given(GARBAGE_DOCUMENTS)
def test_any_stored_turn_can_be_read_and_sent_on(document: dict[str, Any]) -> None:
    turn = read_turn({**document, "id": "a", "_ts": 0})
    json.dumps(turn.content, ensure_ascii=False).encode()


def test_a_turn_without_a_readable_date_happened_when_it_was_stored() -> None:
    assert read_turn({"id": "a", "created_at": "soon", "_ts": 60}).created_at == (
        "1970-01-01T00:01:00+00:00"
    )
    assert read_turn({"id": "a", "created_at": "2026-07-01T12:00:00+02:00"}).created_at == (
        "2026-07-01T10:00:00+00:00"
    )


def test_a_lone_surrogate_in_a_text_is_replaced_and_the_rest_is_kept() -> None:
    assert read_turn({"id": "a", "content": "a\ud800b 😀"}).content == "a\ufffdb 😀"


def test_a_turn_that_an_in_process_client_extracted_says_so() -> None:
    assert read_turn({"id": "a", "extracted_at": "2026-07-01"}).extracted_elsewhere
    assert not read_turn({"id": "a"}).extracted_elsewhere


def test_turns_of_one_transaction_keep_the_order_in_which_they_were_delivered() -> None:
    written = [turn_document(id=name, _ts=7, _lsn=3) for name in "cab"]
    [turns] = group_arrivals(written).threads.values()
    assert [turn.turn_id for turn in turns] == ["c", "a", "b"]
    assert len({turn.order for turn in turns}) == 3
