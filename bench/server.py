"""The server that is measured: a process of its own, on a folder that is gone afterwards."""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def running_cosmos() -> AsyncIterator[str]:
    """Start local.cosmos with its defaults; its address."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "local.cosmos", "--port", "0", "--data", folder, "--exit-with-parent"),
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(os.environ),
        )
        assert process.stdin
        assert process.stderr
        async for line in process.stderr:
            if found := re.search(rb"listening on (http://[^ /]+)", line):
                break
        else:
            raise RuntimeError("local.cosmos did not start: run python -m local.cosmos to see why")
        draining = asyncio.create_task(process.stderr.read())
        try:
            yield found[1].decode()
        finally:
            process.stdin.close()
            await process.wait()
            await draining
