"""The model stand-in in a process of its own, as people run it."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
KEY = "key-of-the-tests"
_ADDRESS = re.compile(rb"listens on (http://[\d.]+:(\d+))/v1")


@dataclass(frozen=True)
class RunningServer:
    """A server that listens."""

    process: subprocess.Popen[bytes]
    url: str
    port: int


@contextlib.contextmanager
def run_server(*arguments: str) -> Iterator[RunningServer]:
    """Start a server on a free port; it is gone when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local.model", "--port", "0", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        match = _ADDRESS.search(process.stderr.readline())
        assert match is not None, process.stderr.read().decode()
        yield RunningServer(process, match.group(1).decode(), int(match.group(2)))
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stderr.close()
