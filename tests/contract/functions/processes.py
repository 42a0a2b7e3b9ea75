"""A server of ours in a process of its own, and what it writes to standard error."""

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

_ROOT = Path(__file__).parents[3]

# Settings of the developer's shell must not reach the apps.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "PYTHONPATH")


class ServerProcess:
    """A `python -m` process that ends with the tests; `lines` is its standard error so far.

    With another `python` the process finds what that one has, and nothing of this project.
    """

    def __init__(
        self,
        *command: str,
        settings: Mapping[str, str] | None = None,
        python: Path | None = None,
    ) -> None:
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [str(python or sys.executable), "-m", *command, "--exit-with-parent"],
            cwd=python.parent if python else _ROOT,
            env={**environment, **(settings or {})},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read_lines, daemon=True)
        self._reader.start()

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    def wait_for_line(self, pattern: str, seconds: float = 30) -> re.Match[str]:
        end = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.log)
            if match:
                return match
            if self.process.poll() is not None:
                self.wait()  # close the pipes here: their end would be blamed on another test
                raise AssertionError(f"the process ended:\n{self.log}")
            assert time.monotonic() < end, f"'{pattern}' was not written:\n{self.log}"
            time.sleep(0.02)

    def stop(self) -> int:
        """End the process as a service manager would; returns its exit status."""
        self.process.terminate()
        return self.wait()

    def kill(self) -> None:
        """End the process without letting it know."""
        self.process.kill()
        self.wait()

    def wait(self, seconds: float = 10) -> int:
        """Wait for the process's end; returns its exit status."""
        status = self.process.wait(seconds)
        self._reader.join(seconds)
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe:
                pipe.close()
        return status

    def _read_lines(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))


async def until(is_true: Callable[[], Awaitable[bool] | bool], seconds: float = 20) -> None:
    """Poll a condition until it holds."""
    end = time.monotonic() + seconds
    while True:
        answer = is_true()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < end, "the condition does not hold"
        await asyncio.sleep(0.02)
