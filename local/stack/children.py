"""One server process of the stack: started, found ready, watched and stopped."""

import asyncio
import contextlib
import re
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.stack.errors import FOLDER_HELD, PORT_IN_USE, StackError

ROOT = Path(__file__).resolve().parents[2]
# The app's settings are what the stack says, and not a deployment's, which that file may hold.
APP_ARGUMENTS = ("--app", str(ROOT), "--no-local-settings")
POLL_SECONDS = 0.05
TAIL_LINES = 15
# The end of a traceback of the app's own, which names every setting that it cannot run with.
_BAD_SETTINGS = re.compile(r"^(?:\w+\.)*SettingsError: (.+)\Z", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class ServerCommand:
    """How to run one server: the module behind `python -m`, and for how long it may start, stop.

    What nobody else on the machine may read is in variables: arguments are shown to everybody.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    start_within: float = 60.0
    stop_within: float = 2.5
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


class Child:
    """A running server. Its standard input is a pipe that we hold: our end is its end."""

    def __init__(self, command: ServerCommand, process: Process, log: Path) -> None:
        self.command = command
        self.log = log
        self._process = process

    @classmethod
    async def start(
        cls, command: ServerCommand, environment: Mapping[str, str], logs: Path
    ) -> "Child":
        """Start the server with its output in a log file of its own; the last run's is kept."""
        log = _fresh_log(logs, command.name)
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", command.module, *command.arguments, "--exit-with-parent"),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env={**environment, **command.variables, "PYTHONUNBUFFERED": "1"},
            )
        return cls(command, process, log)

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    async def ended(self) -> int:
        """Wait for its end; the exit status."""
        return await self._process.wait()

    async def wait_until_ready(self, is_ready: Callable[[], Awaitable[bool]]) -> None:
        """Return once the server says that it is ready.

        Raises StackError with the end of its log when it ends before that or takes too long.
        """
        try:
            async with asyncio.timeout(self.command.start_within):
                while self._process.returncode is None:
                    if await is_ready():
                        return
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise StackError(
                f"{self.command.name} was not ready after {self.command.start_within:.0f} s.\n"
                + self.last_words()
            ) from None
        raise self.unexpected_end()

    def unexpected_end(self) -> StackError:
        """The error for a server that has ended although nobody asked it to."""
        status = self._process.returncode
        how = f"signal {-status}" if status is not None and status < 0 else f"exit status {status}"
        message = f"{self.command.name} ended by itself ({how}).\n{self.last_words()}"
        # The servers' exit statuses for these two mean what ours do.
        return StackError(message, status if status in (FOLDER_HELD, PORT_IN_USE) else 1)

    def last_words(self) -> str:
        """The settings that stopped it, or its last lines, with the place where all of them are."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        if bad_settings := _BAD_SETTINGS.search(text):
            return (
                f"{bad_settings[1].strip()}\nThey are read from the environment of ./dev;"
                f" docs/settings.md describes them. The whole log: {self.log}"
            )
        lines = text.splitlines()
        shown = "\n".join(f"  {line}" for line in lines[-TAIL_LINES:]) or "  (it wrote nothing)"
        return f"The end of {self.log}:\n{shown}"

    async def stop(self) -> None:
        """Ask it to end by closing its pipe, then with SIGTERM, and insist with SIGKILL."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        for insist in (self._process.terminate, self._process.kill):
            try:
                await asyncio.wait_for(self._process.wait(), self.command.stop_within / 2)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    insist()
        await self._process.wait()


def _fresh_log(logs: Path, name: str) -> Path:
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    return log
