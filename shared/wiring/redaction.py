"""The Redactor that the settings ask for."""

from shared.adapters.redaction.redactor import DetectorRedactor, build_detectors
from shared.ports import Redactor
from shared.settings import Settings


def build_redactor(settings: Settings) -> Redactor | None:
    """The redactor over all detectors; None where nothing is to be redacted."""
    if settings.redact == "off":
        return None
    return DetectorRedactor(build_detectors(settings.redact_phone_regions))
