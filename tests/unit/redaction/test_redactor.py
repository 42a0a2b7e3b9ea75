"""What is taken out of a text, what stays, and how long looking takes."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.adapters.redaction.redactor import DetectorRedactor, build_detectors
from shared.domain.redaction import Finding, mask_findings
from tests.unit.redaction.harmless import HARMLESS
from tests.unit.redaction.sensitive import SENSITIVE

REDACTOR = DetectorRedactor(build_detectors(["US"]))
PLACEHOLDER = re.compile(r"\[(?:email|phone|card|iban|secret)\]")
LONG = 100_000


def test_there_are_enough_cases() -> None:
    assert len(SENSITIVE) >= 150
    assert len(HARMLESS) >= 100


@pytest.mark.parametrize(("kind", "text", "passage"), SENSITIVE)
def test_a_sensitive_passage_is_replaced(kind: str, text: str, passage: str) -> None:
    redacted = REDACTOR.redact(text)
    assert passage in text
    assert passage not in redacted.text
    assert f"[{kind}]" in redacted.text
    assert kind in redacted.kinds


@pytest.mark.parametrize(
    "surroundings", ["So: {}, etc.", "({})", "\n{}\n", "「{}」", "{}.", "我的{}谢谢", "นี่{}ครับ"]
)
@pytest.mark.parametrize(("kind", "text", "passage"), SENSITIVE)
def test_it_is_replaced_wherever_it_stands(
    kind: str, text: str, passage: str, surroundings: str
) -> None:
    redacted = REDACTOR.redact(surroundings.format(text))
    assert passage not in redacted.text
    assert f"[{kind}]" in redacted.text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_sensitive_stays_as_it_is(text: str) -> None:
    redacted = REDACTOR.redact(text)
    assert redacted.text == text
    assert redacted.kinds == frozenset()


def test_the_words_around_stay() -> None:
    text = "Ana (ana@example.com, +1 202-555-0123) pays with 4111 1111 1111 1111."
    assert REDACTOR.redact(text).text == "Ana ([email], [phone]) pays with [card]."


def test_regions_decide_which_national_numbers_are_known() -> None:
    spanish = "apúntalo, 612 345 678"
    assert REDACTOR.redact(spanish).text == spanish
    assert DetectorRedactor(build_detectors(["ES"])).redact(spanish).kinds == {"phone"}


def test_a_country_that_is_none_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"ZZ.*MEMORY_REDACT_PHONE_REGIONS"):
        build_detectors(["us", "ZZ"])


def test_a_detector_of_ones_own_is_one_more_in_the_list() -> None:
    class Badges:
        kind = "badge"

        def find(self, text: str) -> list[tuple[int, int]]:
            return [match.span() for match in re.finditer(r"\bB-\d{6}\b", text)]

    redactor = DetectorRedactor([*build_detectors([]), Badges()])  # type: ignore[list-item]
    assert redactor.redact("B-123456 and a@b.co").text == "[badge] and [email]"


PIECES = st.one_of(
    st.sampled_from([text for _, text, _ in SENSITIVE]),
    st.sampled_from([passage for _, _, passage in SENSITIVE]),
    st.sampled_from(HARMLESS),
    st.text(max_size=12),
    st.from_regex(r"[0-9 ()+./-]{1,20}", fullmatch=True),
)


@example(["+1 202-555-0123", *["٠٥٠١٢٣٤٥٦٧"] * 4], " ")
@given(st.lists(PIECES, max_size=6), st.sampled_from([" ", "", "\n", ", ", "; "]))
def test_what_is_redacted_holds_nothing_to_redact(pieces: list[str], between: str) -> None:
    redacted = REDACTOR.redact(between.join(pieces))
    again = REDACTOR.redact(redacted.text)
    assert again.text == redacted.text
    assert again.kinds == frozenset()


@given(st.lists(PIECES, max_size=4), st.sampled_from(SENSITIVE), st.lists(PIECES, max_size=4))
def test_no_text_around_it_lets_a_passage_through(
    before: list[str], case: tuple[str, str, str], after: list[str]
) -> None:
    _, text, passage = case
    around = "\n\n".join([*before, "Note: " + text, *after])
    left = PLACEHOLDER.sub("", REDACTOR.redact(around).text)
    rest = "\n\n".join([*before, *after])
    assert left.count(passage) <= rest.count(passage)


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20))))
def test_masking_removes_exactly_the_passages(text: str, spans: list[tuple[int, int]]) -> None:
    findings = [
        Finding(kind="k", start=start, end=min(start + length, len(text)))
        for start, length in spans
        if start < len(text)
    ]
    covered = {index for item in findings for index in range(item.start, item.end)}
    kept = "".join(c for index, c in enumerate(text) if index not in covered)
    assert mask_findings(text, findings).text.replace("[k]", "") == kept.replace("[k]", "")


@pytest.mark.parametrize(
    "unit",
    [
        "1", "12 ", "202-555-0123 ", "a", "a.", "a@", "AA00 ", "password ", "eyJ", "+1 ",
        "+12345678 ", "a dot ", "x at ", '"', "://a", "tel 0", "é", "01 23 45 67 89 ",
        "-----BEGIN PRIVATE KEY-----", "password is ", "[at] ", "sk-", "4111 ", "\u200b",
        "(0", "token=", "Bearer ", "00 1", "&sig=",
        "4111. ", "4111  ", "card", "card4", "我", "我@", "密码是",
        "パスワードは", "手机", "手机1", "手机 12 ",
    ],
)  # fmt: skip
def test_no_long_text_holds_a_worker_up(unit: str) -> None:
    """What takes time in the square of the length would hold up this test for minutes."""
    assert REDACTOR.redact((unit * LONG)[:LONG]).text
