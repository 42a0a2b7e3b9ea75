"""Telephone numbers: international ones, those of given regions, and what is announced as one."""

import re
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import isbn

from shared.adapters.redaction.edges import AFTER, BEFORE, WORD_AFTER, WORD_BEFORE

_GAP = r"[ \t\u00a0.()/-]{0,3}"
_INTERNATIONAL = re.compile(
    rf"{BEFORE}(?<![+.,])(?:\+|00)[ (]{{0,2}}[1-9](?:{_GAP}\d){{6,16}}{AFTER}"
)
_NATIONAL = re.compile(
    rf"{BEFORE}(?<![.+/:-])\(?\d(?:[ .()/-]{{0,2}}\d){{5,14}}{AFTER}(?!-|[.:/]\d|[元円원块塊])"
)
_SEPARATED = re.compile(r"\d[ .()/-]+\d")
_TRUNK = re.compile(r"\(?0[1-9]")
_DATE = re.compile(
    r"\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})(?![./-]?\d)|\d{4}([./-])\d{1,2}\2\d{1,2}"
)
_ANNOUNCED = re.compile(
    rf"(?:{WORD_BEFORE}(?:phone|tel|telephone|mobile|cell|fax|whatsapp|signal|call|ring|sms|reach"
    r"|hotline|contact|telefon\w*|tel[eé]fono|t[eé]l[eé]phone|portable|handy|mobil\w*|m[oó]vil"
    r"|celular|telefone|cellulare|numero|rufnummer|ruf|anrufen|erreichbar|llama\w*|appel\w*|bel"
    rf"|телефон\w*|тел){WORD_AFTER}|هاتف|फ़ोन)[^\d\n]{{0,24}}$",
    re.IGNORECASE,
)
_ORDERED = "[订訂]单|[订訂]單|注文|주문|สั่งซื้อ|快[递遞]|运单|[编編][号號]"
# Where a few characters are many words, the word for an order may come between.
_ANNOUNCED_UNSPACED = re.compile(
    r"(?:電話|电话|手机|手機|携帯|전화|휴대폰|연락처|โทร|เบอร์|มือถือ)"
    rf"(?:(?!{_ORDERED})[^\d\n]){{0,24}}$"
)
_SOMETHING_ELSE = re.compile(
    rf"(?:{WORD_BEFORE}(?:order|ticket|invoice|isbn|issn|serial|sku|ref|reference|case|build|version"
    r"|tracking|id|account|parcel|bestellung|rechnung|pedido|factura|commande|facture)"
    rf"|#|{_ORDERED})[^\d\n]{{0,12}}$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[^\d\n]{0,23}")
_LOOK_BACK = 40
_TRUNK_DIGITS = range(9, 13)


class Phones:
    """Finds telephone numbers.

    With `+` or `00` a number is known by its country code. Without, it must be grouped as in one of
    the regions (ISO 3166, such as `US`), or be grouped and begin with a trunk 0, or stand behind a
    word like "phone": any other run of digits is an order, a date, a version.
    """

    kind = "phone"

    def __init__(self, regions: Sequence[str]) -> None:
        self._regions = [region.upper() for region in regions]
        unknown = sorted({*self._regions} - {*phonenumbers.SUPPORTED_REGIONS})
        if unknown:
            raise ValueError(
                f"redaction: no such country for telephone numbers: {', '.join(unknown)}; name"
                " ISO 3166 codes such as US in MEMORY_REDACT_PHONE_REGIONS"
            )

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """See Detector.find."""
        ends: list[int] = []
        for match in _INTERNATIONAL.finditer(text):
            length = _measure_international(match[0])
            if length:
                ends.append(match.start() + length)
                yield match.start(), ends[-1]
        for match in _NATIONAL.finditer(text):
            start = match.start()
            before = text[max(0, start - _LOOK_BACK) : start]
            # A number announces the one behind it, as its placeholder would.
            last = ends[bisect_right(ends, start) - 1] if ends and ends[0] <= start else None
            follows = last is not None and _BETWEEN.fullmatch(text, last, start) is not None
            if self._is_national(match[0], before, follows=follows):
                insort(ends, match.end())
                yield match.span()

    def _is_national(self, written: str, before: str, *, follows: bool) -> bool:
        if _DATE.match(written) or isbn.is_valid(written):
            return False
        if follows or _ANNOUNCED.search(before) or _ANNOUNCED_UNSPACED.search(before):
            return True
        if not _SEPARATED.search(written) or _SOMETHING_ELSE.search(before):
            return False
        count = sum(character.isdigit() for character in written)
        if _TRUNK.match(written) and count in _TRUNK_DIGITS:
            return True
        return any(_is_grouped_as_in(written, region) for region in self._regions)


def _measure_international(written: str) -> int:
    """How many of the characters are the number: what follows it may be another number."""
    end = len(written)
    while end:
        part = written[:end]
        if _is_possible("+" + part[2:] if part.startswith("00") else part):
            return end
        end = max((m.start() for m in re.finditer(r"[ \t\u00a0.()/-]+\d+$", part)), default=0)
    return 0


def _is_possible(written: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written))
    except phonenumbers.NumberParseException:
        return False


def _is_grouped_as_in(written: str, region: str) -> bool:
    try:  # the matcher is slow, and most runs of digits are no number at all
        if not phonenumbers.is_valid_number(phonenumbers.parse(written, region)):
            return False
    except phonenumbers.NumberParseException:
        return False
    matcher = PhoneNumberMatcher(written, region, leniency=Leniency.STRICT_GROUPING)
    return any(len(match.raw_string) >= len(written) - 2 for match in matcher)
