"""Signed requests below any client."""

import base64
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from tests.contract.cosmos.server_process import KEY, ServerProcess


def send(
    server: ServerProcess,
    method: str,
    path: str,
    body: bytes | Iterator[bytes] = b"",
    date: str = "",
    **headers: str,
) -> tuple[int, dict[str, str], Any]:
    segments = [part for part in path.split("/") if part]
    kind = segments[-1] if len(segments) % 2 else (segments[-2] if segments else "")
    link = "/".join(segments[:-1] if len(segments) % 2 else segments)
    if segments[:1] == ["offers"]:  # signed by the _rid alone, in small letters
        kind, link = "offers", "".join(segments[1:]).lower()
    date = date or formatdate(usegmt=True)
    text = f"{method.lower()}\n{kind}\n{link}\n{date.lower()}\n\n"
    digest = hmac.digest(base64.b64decode(KEY), text.encode(), "sha256")
    token = f"type=master&ver=1.0&sig={base64.b64encode(digest).decode()}"
    signed = {"authorization": quote(token, safe=""), "x-ms-date": date, "user-agent": "raw/1"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(
        server.url.rstrip("/") + path, body or None, signed | named, method=method
    )
    try:
        with urllib.request.urlopen(request) as response:
            text = response.read()
            return response.status, dict(response.headers), json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
            return error.code, dict(error.headers), json.loads(text) if text else None
