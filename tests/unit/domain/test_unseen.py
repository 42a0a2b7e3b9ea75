import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.quotes import stands_in
from shared.domain.unseen import hide_unseen, neutralise_unseen


@pytest.mark.parametrize(
    "text",
    [
        "The user likes tea.",
        "👨‍👩‍👧‍👦 and 🏳️‍🌈 and ❤️ and 👍🏽",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag",
        "می‌خواهم",
        "क्‍ष",
        "المستخدم يحب الشاي",
        "המשתמש אוהב תה",
        "葛󠄀城",
        "Zoë naïve café",
        "line one\nline two\ttabbed",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert neutralise_unseen(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("te\u200ba", "tea"),
        ("te\u200da", "tea"),
        ("\u202etea\u202c", "tea"),
        ("\u2066tea\u2069", "tea"),
        ("\ufefftea", "tea"),
        ("t\u00adea", "tea"),
        ("tea\U000e0068\U000e0069", "tea"),
        ("\U0001f3f4\U000e0041\U000e0042\U000e0043", "\U0001f3f4"),
        ("tea\ufe01\ufe02\ufe03", "tea\ufe01"),
        ("tea\U000e0100\U000e0101", "tea"),
        ("\x00te\x1b[31ma\x07", "tea"),
        ("te\u3164a", "tea"),
        ("\ue000tea", "tea"),
    ],
)
def test_what_hides_text_goes(text: str, left: str) -> None:
    assert neutralise_unseen(text) == left


@given(st.text())
def test_neutralising_twice_changes_nothing(text: str) -> None:
    once = neutralise_unseen(text)
    assert neutralise_unseen(once) == once


@given(st.text())
def test_nothing_unseen_takes_part_in_a_comparison(text: str) -> None:
    left = hide_unseen(text)
    assert not any(unicodedata.category(c) in ("Cf", "Cn", "Co") for c in left)


@pytest.mark.parametrize(
    ("quote", "content"),
    [
        ("I don't", "I don’t like it"),
        ('he said "go"', "he said “go” then"),
        ("“I like tea”", "I like tea"),
        ("I like tea...", "I like tea and cake"),
        ("ofﬁce", "my office"),
        ("my office", "my oﬃce"),
        ("2020-2024", "in 2020–2024"),
        ("café", "cafe\u0301 noir"),
        ("אוהב תה", "אני \u200fאוהב תה"),
        ("أحب الشاي", "\u202bأحب الشاي\u202c"),
        ("我喜欢茶", "我 喜欢\n茶。"),
        ("喜欢茶", "我喜欢茶和咖啡"),
        ("커피", "커피를 좋아해요"),
        ("กาแฟ", "ฉันชอบกาแฟมาก"),
        ("STRASSE", "die Straße"),
        ("１０月", "10月に"),
    ],
)
def test_a_quote_is_found_however_it_is_written(quote: str, content: str) -> None:
    assert stands_in(quote, content)


@pytest.mark.parametrize(
    ("quote", "content"),
    [
        ("like tea", "I dislike tea"),
        ("like tea", "I like teaching"),
        ("able to eat nuts", "I am unable to eat nuts"),
        ("...", "I like tea"),
        ('""', "I like tea"),
        ("люблю чай", "я не разлюблю чайник"),
        ("", "I like tea"),
    ],
)
def test_a_part_of_a_word_proves_nothing(quote: str, content: str) -> None:
    assert not stands_in(quote, content)
