"""How a test orders faults from a server and sees what became of them."""

import json
import urllib.request
from typing import Any


class FaultOrders:
    """The fault routes of one server."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/_faults"

    def order(self, kind: str, **rule: Any) -> None:
        self._send("POST", {"kind": kind, **rule})

    def fired(self) -> list[int]:
        """How often each order struck so far."""
        return [fault["fired"] for fault in self.list()]

    def list(self) -> list[dict[str, Any]]:
        return self._send("GET")["faults"]

    def clear(self) -> None:
        self._send("DELETE")

    def _send(self, method: str, rule: dict[str, Any] | None = None) -> Any:
        body = None if rule is None else json.dumps(rule).encode()
        request = urllib.request.Request(self._url, body, method=method)
        with urllib.request.urlopen(request) as response:
            text = response.read()
        return json.loads(text) if text else None
