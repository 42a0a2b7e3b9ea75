"""Warns, once for each function, of payloads and histories that are slow or costly on Azure.

The content is never logged, only its size.
"""

import logging

logger = logging.getLogger("Host.Durable")

PAYLOAD_BYTES = 64 * 1024
"""Above this Azure Storage keeps a payload in a blob instead of a queue message (its limit)."""

HISTORY_EVENTS = 10_000
"""Every turn loads and replays the whole history: work grows with its square."""


class SizeWatch:
    """What was warned of already."""

    def __init__(self) -> None:
        self._warned: set[tuple[str, str]] = set()

    def check_payload(self, what: str, function_name: str, payload: str | None) -> None:
        """Look at an input or an output; `what` says which, such as "activity input"."""
        # A text of a quarter of the limit cannot be more than the limit in UTF-8.
        if payload is None or len(payload) * 4 <= PAYLOAD_BYTES:
            return
        size = len(payload.encode(errors="replace"))
        if size > PAYLOAD_BYTES and self._is_first(what, function_name):
            logger.warning(
                "'%s': an %s has %d KB. Above %d KB Azure keeps payloads in blobs, and every "
                "replay loads them again: pass a reference instead.",
                function_name,
                what,
                size // 1024,
                PAYLOAD_BYTES // 1024,
            )

    def check_history(self, function_name: str, events: int) -> None:
        """Look at the length of a run's history."""
        if events > HISTORY_EVENTS and self._is_first("history", function_name):
            logger.warning(
                "'%s': a history has %d events, and every turn replays all of them: divide the "
                "work among sub-orchestrations, or use continue_as_new.",
                function_name,
                events,
            )

    def _is_first(self, what: str, function_name: str) -> bool:
        if (what, function_name) in self._warned:
            return False
        self._warned.add((what, function_name))
        return True
