"""Timestamps as documents carry them: ISO 8601 in UTC with the offset `+00:00`.

Readers compare these as strings, so that one form is a promise and not a taste.
"""

from datetime import UTC, datetime


def format_timestamp(moment: datetime) -> str:
    """The document form of a moment; a naive one counts as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat()


def parse_timestamp(text: str | None) -> datetime | None:
    """The moment an ISO 8601 text names, in UTC; None where it names none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def from_epoch(seconds: float) -> str:
    """The document form of Unix time."""
    return format_timestamp(datetime.fromtimestamp(seconds, UTC))
