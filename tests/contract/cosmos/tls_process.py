"""A client with an environment of its own, as a shell would start it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TRUST_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
CLIENTS = ("sync", "aio", "urllib", "requests", "aiohttp")


def run_client(kind: str, url: str, key: str, environment: Mapping[str, str]) -> str:
    """What the client says on its standard error: nothing if it was answered."""
    inherited = {name: value for name, value in os.environ.items() if name not in TRUST_VARIABLES}
    script = Path(__file__).with_name("tls_client.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), kind, url, key],
        env={**inherited, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode == 0) == (done.stderr == ""), done.stderr
    return done.stderr


def trust(authority: Path) -> dict[str, str]:
    """The variables that have a client trust this authority."""
    return {"REQUESTS_CA_BUNDLE": str(authority), "SSL_CERT_FILE": str(authority)}
