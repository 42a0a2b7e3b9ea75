import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.text import (
    MAX_TAGS,
    build_tags,
    clamp_score,
    comparison_form,
    content_hash,
    topic_tag,
)

# The pattern that the public SDK's models demand of every tag.
SDK_TAG = re.compile(r"^[a-z0-9][a-z0-9_:./-]{0,99}$")
ANY_TEXT = st.text(st.characters(), max_size=200)


def test_the_content_hash_is_the_public_sdks() -> None:
    assert content_hash("  The USER\t likes\n  Tea. ") == "0188593dbed56180bc514aec009d30af"


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1))
def test_white_space_and_case_do_not_change_the_content_hash(words: list[str]) -> None:
    spread = "\u00a0 " + " \t\r\n ".join(words) + "\n"
    assert content_hash(spread) == content_hash(" ".join(words))
    assert content_hash(" ".join(words).lower()) == content_hash(" ".join(words))


@given(ANY_TEXT)
def test_any_text_has_a_content_hash(text: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", content_hash(text))


@pytest.mark.parametrize(
    ("topic", "tag"),
    [
        ("C++", "topic:c"),
        ("UI Theme", "topic:ui-theme"),
        ("  Dark   Mode!  ", "topic:dark-mode"),
        ("topic:food", "topic:food"),
        ("a/b_c.d:e-f", "topic:a/b_c.d:e-f"),
        ("über", "topic:ber"),
        ("!!!", None),
        ("", None),
        ("日本", None),
        ("topic:", None),
    ],
)
def test_a_topic_becomes_the_sdks_tag(topic: str, tag: str | None) -> None:
    assert topic_tag(topic) == tag


@given(ANY_TEXT)
def test_every_topic_tag_is_one_that_the_sdk_accepts(topic: str) -> None:
    tag = topic_tag(topic)
    assert tag is None or SDK_TAG.match(tag)


@given(st.lists(ANY_TEXT, max_size=80))
def test_tags_are_few_sorted_different_and_keep_the_system_tags(topics: list[str]) -> None:
    tags = build_tags(["sys:fact", "sys:auto-extracted"], topics)
    assert tags == sorted(set(tags))
    assert len(tags) <= MAX_TAGS
    assert {"sys:fact", "sys:auto-extracted"} <= set(tags)
    assert all(SDK_TAG.match(tag) for tag in tags)


def test_a_document_with_all_its_tags_takes_no_more() -> None:
    full = [f"topic:{n:03}" for n in range(MAX_TAGS)]
    assert build_tags(full, ["one more"]) == full


@pytest.mark.parametrize(
    ("written", "quoted"),
    [
        ("I  like\n tea", "i like tea"),
        ("soft\u00adware zero\u200bwidth \ufeffmark", "software zerowidth mark"),
        ("caf\u00e9", "cafe\u0301"),
        ("caf\u00e9", "cafe\u200b\u0301"),
        ("\uff34\uff45\uff41", "tea"),
        ("Stra\u00dfe", "STRASSE"),
        ("10\u00a0km", "10 km"),
    ],
)
def test_texts_that_look_the_same_compare_equal(written: str, quoted: str) -> None:
    assert comparison_form(written) == comparison_form(quoted)


@given(st.floats())
def test_a_score_is_between_0_and_1(score: float) -> None:
    clamped = clamp_score(score)
    assert 0 <= clamped <= 1
    if 0 <= score <= 1:
        assert clamped == score


def test_a_score_that_is_no_number_is_the_neutral_one() -> None:
    assert clamp_score(math.nan) == 0.5
