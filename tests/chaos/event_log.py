"""What happened in a seed, with the second at which it did: for whoever looks for the cause."""

import json
import time
from pathlib import Path
from typing import Any


class EventLog:
    """Collects events; written to a file when the seed has failed."""

    def __init__(self) -> None:
        self._began = time.time()
        self._lines: list[str] = []

    def add(self, event: str, **detail: Any) -> None:
        """Note an event, now."""
        now = time.time()
        moment = {"at": round(now - self._began, 3), "time": round(now, 3)}
        self._lines.append(json.dumps({**moment, "event": event, **detail}, ensure_ascii=False))

    def write(self, path: Path) -> None:
        """Write all events, one a line."""
        path.write_text("".join(f"{line}\n" for line in self._lines), encoding="utf-8")
