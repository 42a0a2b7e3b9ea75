"""The two forms of a line: one to read, one to parse."""

import logging
import time
from datetime import UTC, datetime
from typing import Any, override

import orjson

_JSON_LEVELS = {
    logging.DEBUG: "Debug",
    logging.INFO: "Information",
    logging.WARNING: "Warning",
    logging.ERROR: "Error",
    logging.CRITICAL: "Critical",
}


class OneLineFormatter(logging.Formatter):
    """`2025-01-31T12:00:00.123Z WARN  [Host.Timer] text`; line ends in the text become ` | `."""

    converter = time.gmtime

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)-5s [%(name)s] %(message)s", "%Y-%m-%dT%H:%M:%S"
        )

    @override
    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).rstrip().replace("\n", " | ")


class JsonFormatter(logging.Formatter):
    """One JSON object: time, level, category, logger, message, and what is known of the invocation.

    Levels have the names that host.json gives them. Fields that say nothing are left out.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        fields: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": _JSON_LEVELS.get(record.levelno, record.levelname),
            "category": getattr(record, "category", record.name),
            "logger": record.name,
            "function": getattr(record, "function", None),
            "invocationId": getattr(record, "invocation_id", None),
            "instanceId": getattr(record, "instance_id", None),
            "message": record.getMessage(),
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
        }
        known = {name: value for name, value in fields.items() if value is not None}
        # A text with half a surrogate pair is no UTF-8; it must not end the log.
        return orjson.dumps(_make_encodable(known)).decode()


def _make_encodable(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value).encode(errors="replace").decode() for name, value in fields.items()}
