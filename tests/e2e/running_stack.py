"""Starts `up` as a person's shell does: one process group, the result on standard output."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from local.stack.environment import Addresses
from local.stack.trust import Trust

ROOT = Path(__file__).resolve().parents[2]
STACK = (sys.executable, "-m", "local.stack")


@dataclass
class RunningStack:
    """A stack that is ready, with everything that its one line of JSON says."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    data: Path
    port_base: int

    @property
    def addresses(self) -> Addresses:
        return Addresses(
            cosmos=self.ready["cosmos"],
            cosmos_key=self.ready["cosmos_key"],
            functions=self.ready["functions"],
            model=self.ready["model"],
            model_key=self.ready["model_key"],
            trust=self._trust(),
        )

    def _trust(self) -> Trust | None:
        if "ca_file" not in self.ready:
            return None
        return Trust(Path(self.ready["ca_file"]), Path(self.ready["ca_bundle"]))

    def log(self, server: str) -> str:
        return (self.data / "logs" / f"{server}.log").read_text(encoding="utf-8")

    def servers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def signal_group(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def stop(self) -> int:
        """The exit status after a polite request to the whole group."""
        self.signal_group(signal.SIGTERM)
        return self.process.wait(timeout=10)


@contextmanager
def start_stack(
    data: Path, *options: str, port_base: int | None = None, **settings: str
) -> Iterator[RunningStack]:
    """A stack on a data folder, in a process group of its own that is gone after the block."""
    base = port_base or free_port_base()
    command = [*STACK, "up", "--json", "--data", str(data), "--port-base", str(base), *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the stack did not start: {process.wait()}"
        yield RunningStack(process, json.loads(line), data, base)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def free_port_base() -> int:
    """The first of three ports in a row that are free.

    Below those that systems give to outgoing connections, of which the servers themselves make
    many: one could take a port between this look and the server's start.
    """
    while True:
        base = random.randrange(15_000, 32_000)
        if all(port_is_free(base + offset) for offset in range(3)):
            return base


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_until(condition: Callable[[], bool], seconds: float) -> float:
    """Poll until the condition holds; how long that took. Fails the test when it never does."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"still not so after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - started
