"""The Redactor over a list of detectors."""

from collections.abc import Sequence

from shared.adapters.redaction.cards import Cards
from shared.adapters.redaction.emails import Emails
from shared.adapters.redaction.ibans import Ibans
from shared.adapters.redaction.phones import Phones
from shared.adapters.redaction.plain_view import view_plainly
from shared.adapters.redaction.secrets import Secrets
from shared.domain.redaction import Finding, Redaction, mask_findings
from shared.ports.redaction import Detector

_MOST_PASSES = 4


def build_detectors(phone_regions: Sequence[str]) -> list[Detector]:
    """The detectors of the app, the surest first; one more kind is one more line here."""
    return [Secrets(), Emails(), Ibans(), Cards(), Phones(phone_regions)]


class DetectorRedactor:
    """Implements shared.ports.Redactor: whatever one of its detectors finds is replaced."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = detectors

    def redact(self, text: str) -> Redaction:
        """See Redactor.redact.

        Taking a passage out can bring two others together, so it looks again at what is left.
        """
        kinds: frozenset[str] = frozenset()
        for _ in range(_MOST_PASSES):
            found = self._find(text)
            if not found:
                break
            redaction = mask_findings(text, found)
            text, kinds = redaction.text, kinds | redaction.kinds
        return Redaction(text=text, kinds=kinds)

    def _find(self, text: str) -> list[Finding]:
        view = view_plainly(text)
        findings: list[Finding] = []
        for detector in self._detectors:
            for span in detector.find(view.text):
                start, end = view.locate(*span)
                findings.append(Finding(kind=detector.kind, start=start, end=end))
        return findings
