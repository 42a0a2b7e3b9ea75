"""Numbers of payment cards."""

import re
from collections.abc import Iterator

from stdnum import luhn

_CANDIDATE = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){11,18}(?![\w]|[.-]\d)")
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
        for match in _CANDIDATE.finditer(text):
            digits = match[0].replace(" ", "").replace("-", "")
            if _ISSUED.fullmatch(digits) and luhn.is_valid(digits):
                yield match.span()
