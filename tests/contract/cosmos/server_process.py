"""A real server process on a free port, talked to over HTTP."""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from local.cosmos.auth import DEFAULT_KEY

KEY = DEFAULT_KEY


class ServerProcess:
    """Started by the constructor; its standard error is kept as lines."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.cosmos", "--port", "0", "--data", str(data), *arguments],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr
        self.lines: list[str] = []
        self.url = ""
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.search(r"listening on (https?://\S+)", line):
                self.url = found[1]
                break
        self._reader = threading.Thread(target=self._keep_lines)
        self._reader.start()

    def _keep_lines(self) -> None:
        assert self.process.stderr
        self.lines.extend(self.process.stderr)

    def kill(self) -> None:
        self.process.kill()
        self._finish()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self._finish()

    def wait(self) -> int:
        return self._finish()

    def _finish(self) -> int:
        status = self.process.wait(timeout=20)
        self._reader.join()
        assert self.process.stdin
        assert self.process.stderr
        self.process.stdin.close()
        self.process.stderr.close()
        return status
