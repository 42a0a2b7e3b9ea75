"""The bridge to the public SDK, started and asked."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.contract.cosmos.server_process import KEY

ROOT = Path(__file__).resolve().parents[3]
SDK_PYTHON = ROOT / ".venv-sdk" / "bin" / "python"


class SdkError(Exception):
    """What the client raised; the message begins with the type's name."""


class SdkProcess:
    """One client of the SDK; ends with `close`.

    `vectors` is the module:function that makes a text's vector.
    """

    def __init__(
        self,
        kind: str,
        url: str,
        database: str,
        *model_url: str,
        key: str = KEY,
        vectors: str = "tests.contract.cosmos.topic_vectors:embed",
    ) -> None:
        script = Path(__file__).with_name("sdk_bridge.py")
        self._process = subprocess.Popen(
            [str(SDK_PYTHON), str(script), kind, url, key, database, vectors, *model_url],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def call(self, name: str, **arguments: Any) -> Any:
        """Call a method of the client.

        Raises:
            SdkError: the method raised.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"name": name, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the process of the SDK has ended with {self._process.wait()}"
        answer = json.loads(line)
        if "error" in answer:
            raise SdkError(f"{answer['error']}: {answer['message']}")
        return answer["result"]

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        assert self._process.wait(timeout=20) == 0
        self._process.stdout.close()
