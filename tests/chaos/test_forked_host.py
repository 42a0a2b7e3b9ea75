"""A forked host starts in milliseconds, because its parent has imported everything for it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_IN_A_FORK = """
import asyncio
import sys

from tests.chaos.forked_host import import_all

import_all()
imported = set(sys.modules)

import function_app
from shared.adapters.openai_client import build_openai_client
from shared.wiring import get_services


async def build() -> None:
    get_services()
    client = build_openai_client("http://127.0.0.1:1/v1", "none", "", 1.0)
    client.chat.completions, client.embeddings


asyncio.run(build())
print(*sorted(sys.modules.keys() - imported))
"""
SETTINGS = {
    "COSMOS_DB_ENDPOINT": "http://127.0.0.1:1",
    "COSMOS_DB_KEY": "bm90IGEgc2VjcmV0",
    "AI_FOUNDRY_ENDPOINT": "http://127.0.0.1:1/v1",
    "AI_FOUNDRY_API_KEY": "none",
}


def test_a_forked_host_imports_nothing_anew_but_the_composition_root() -> None:
    result = subprocess.run(
        [sys.executable, "-c", START_IN_A_FORK],
        cwd=ROOT,
        env={**os.environ, **SETTINGS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["function_app"]
