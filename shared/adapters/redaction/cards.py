"""Numbers of payment cards."""

import re
from collections.abc import Iterator

from stdnum import luhn

from shared.adapters.redaction.edges import AFTER

_DASHES = "\u2010-\u2015\u2212-"
_GAP = rf"[ .{_DASHES}]{{1,2}}"
# Digits in groups, which a word may stand right before ("card4111..."), as in no hash or id.
_RUN = re.compile(rf"(?<![A-Za-z0-9_.+-])(?:[A-Za-z]{{2,20}}+)?(?P<digits>\d++(?:{_GAP}\d++)*+)")
_GROUP = re.compile(r"\d+")
_END = re.compile(AFTER + r"(?![.-]\d)")
_GROUPED_LOOSELY = re.compile(rf"\d{{4}}(?:{_GAP}\d{{2,6}}){{2,4}}")
_GROUPED = re.compile(r"\d(?:[ -]?\d)+")
_ORDER = re.compile(r"\d{3}-\d{7}-\d{7}")  # as shops number their orders
_DIGITS = range(12, 20)
# The issuers' ranges and lengths (ISO/IEC 7812 registrations): Visa, Mastercard, American Express,
# Discover, Diners Club, JCB, UnionPay, Maestro. An IMEI also ends in a Luhn digit but fits none.
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}"
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12}"
    r"|3(?:0[0-5]|[689]\d)\d{11}"
    r"|35(?:2[89]|[3-8]\d)\d{12}"
    r"|62\d{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"
)


class Cards:
    """Finds numbers that an issuer can have given out and whose check digit is right."""

    kind = "card"

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """See Detector.find."""
        for run in _RUN.finditer(text):
            groups = [m.span() for m in _GROUP.finditer(text, *run.span("digits"))]
            after = 0
            before = None
            for index, (start, end) in enumerate(groups):
                # Right behind other digits only a number in one piece is told from them.
                apart = before is None or (
                    text[start - 1] == " " and (start - before > 1 or end - start in _DIGITS)
                )
                before = end
                if apart and start >= after:
                    found = _find_end(text, groups, index)
                    if found:
                        yield start, found
                        after = found


def _find_end(text: str, groups: list[tuple[int, int]], first: int) -> int:
    """Where the number ends that begins with a group; 0 if none does.

    It may end before the run does: a date or a check value often follows.
    """
    start = groups[first][0]
    digits = ""
    for group_start, end in groups[first:]:
        digits += text[group_start:end]
        if len(digits) >= _DIGITS.stop:
            return 0
        if len(digits) in _DIGITS and _is_number(digits, text[start:end]) and _END.match(text, end):
            return end
    return 0


def _is_number(digits: str, written: str) -> bool:
    grouped = _GROUPED.fullmatch(written) or _GROUPED_LOOSELY.fullmatch(written)
    if not grouped or _ORDER.fullmatch(written) or not _ISSUED.fullmatch(digits):
        return False
    return luhn.is_valid(digits)
