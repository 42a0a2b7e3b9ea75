from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identifiers import (
    MAX_ITEM_ID_BYTES,
    answer_id,
    chunk_id,
    dead_letter_id,
    fact_id,
    hash_parts,
    is_allowed_item_id,
    profile_answer_id,
    seen_id,
    thread_counter_id,
    thread_instance_id,
    thread_summary_id,
    user_chunk_id,
    user_counter_id,
    user_instance_id,
    user_summary_id,
)
from shared.domain.text import content_hash

# Any code point that a Python string can hold, lone surrogates included.
ANY_TEXT = st.text(st.characters(), max_size=30)
OF_THREAD: list[Callable[[str, str], str]] = [
    thread_counter_id,
    thread_summary_id,
    thread_instance_id,
]


@given(first=st.lists(ANY_TEXT, max_size=4), second=st.lists(ANY_TEXT, max_size=4))
def test_hashes_are_equal_for_equal_parts_only(first: list[str], second: list[str]) -> None:
    assert (hash_parts(*first) == hash_parts(*second)) == (first == second)


@pytest.mark.parametrize("make", [hash_parts, thread_instance_id])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a:b", "c"), ("a", "b:c")),
        (("a", "1:b"), ("a1", ":b")),
        (("1:a", ""), ("", "1:a")),
        (("a\0", "b"), ("a", "\0b")),
        (("a/", "b"), ("a", "/b")),
    ],
)
def test_the_border_between_user_and_thread_counts(
    make: Callable[..., str], one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert make(*one) != make(*other)


@given(user_id=ANY_TEXT, thread_id=ANY_TEXT, number=st.integers(0, 10_000))
def test_every_id_is_one_that_cosmos_accepts(user_id: str, thread_id: str, number: int) -> None:
    ids = [make(user_id, thread_id) for make in OF_THREAD]
    ids += [user_counter_id(user_id), user_summary_id(user_id), user_instance_id(user_id)]
    ids += [seen_id(thread_id), user_chunk_id(thread_id, number)]
    ids.append(dead_letter_id(user_id, thread_id, thread_id))
    ids += [chunk_id(number), answer_id(number, "extract"), profile_answer_id(number)]
    ids.append(fact_id(user_id, thread_id, "0" * 32))
    assert [item for item in ids if not is_allowed_item_id(item)] == []


@pytest.mark.parametrize("sign", ["/", "\\", "?", "#", "\t", "\r", "\n", "\ud800"])
def test_ids_with_a_sign_that_cosmos_forbids_become_hashes(sign: str) -> None:
    exact = f"thread:u{sign}:t"
    assert not is_allowed_item_id(exact)
    made = thread_counter_id(f"u{sign}", "t")
    assert made.startswith("thread:~")
    assert made != thread_counter_id("u", f"{sign}t")


def test_an_id_may_be_as_long_as_cosmos_allows_in_bytes() -> None:
    assert is_allowed_item_id("x" * MAX_ITEM_ID_BYTES)
    assert not is_allowed_item_id("ä" * (MAX_ITEM_ID_BYTES // 2 + 1))
    assert user_counter_id("ä" * 600).startswith("user:~")


@pytest.mark.parametrize("item_id", ["", "ends with a space "])
def test_an_id_that_cosmos_would_not_find_again_is_not_allowed(item_id: str) -> None:
    assert not is_allowed_item_id(item_id)


def test_plain_ids_keep_the_form_that_the_public_sdk_reads() -> None:
    assert thread_counter_id("u1", "t1") == "thread:u1:t1"
    assert user_counter_id("u1") == "user:u1"
    assert thread_summary_id("u1", "t1") == "summary_u1_t1"
    assert user_summary_id("u1") == "user_summary_u1"


def test_a_fact_has_the_id_that_the_public_sdk_gives_it() -> None:
    made = fact_id("u1", "t1", content_hash("The user  prefers Dark mode."))
    assert made == "fact_7be685d4c24bfd717c748bddc175a27e"


@given(user_id=st.text(min_size=5, max_size=30), thread_id=st.text(min_size=5, max_size=30))
def test_instance_ids_show_no_user_and_no_thread(user_id: str, thread_id: str) -> None:
    for made in (thread_instance_id(user_id, thread_id), user_instance_id(user_id)):
        kind, digest = made.split("-")
        assert kind in ("thread", "user")
        assert len(digest) == 32
        assert set(digest) <= set("0123456789abcdef")
