"""Several hosts of one app on one account: who holds which lease, and what each was given."""

import asyncio
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.contract.functions.account import Account, find_container
from tests.contract.functions.harness import HostProcess
from tests.contract.functions.processes import until

EXPIRATION = 3.0
"""Seconds until a lease of the app `leases` expires."""

_WRITERS = 8


class Hosts:
    """The hosts of a test over the app `leases`, and the deliveries they wrote down."""

    def __init__(self, account: Account, database: str, folder: Path) -> None:
        self._account = account
        self.database = database
        self._folder = folder
        self.running: list[HostProcess] = []

    def start(self, **settings: str) -> HostProcess:
        host = self._account.launch(
            "leases", self.database, DELIVERIES=str(self._folder), **settings
        )
        self.running.append(host)
        return host

    def start_ready(self, count: int = 1) -> list[HostProcess]:
        return [host.wait_until_ready() for host in [self.start() for _ in range(count)]]

    def kill(self, host: HostProcess) -> None:
        self.running.remove(host)
        host.kill()

    def stop(self, host: HostProcess) -> None:
        self.running.remove(host)
        assert host.stop() == 0, host.log[-3000:]

    def kill_all(self) -> None:
        for host in [*self.running]:
            self.kill(host)

    async def read_leases(self) -> list[dict[str, Any]]:
        return await self._account.read_leases(self.database)

    async def count_leases(self) -> Counter[int | None]:
        """Count the leases by the process that owns them; None: nobody."""
        return Counter(read_owner(lease) for lease in await self.read_leases())

    async def wait_for_shares(self, *shares: int, seconds: float = 30) -> None:
        """Wait until the running hosts hold so many leases each, in any order."""

        async def are_balanced() -> bool:
            counts = await self.count_leases()
            held = sorted(counts.pop(host.process.pid, 0) for host in self.running)
            return held == sorted(shares) and not counts

        await until(are_balanced, seconds)

    async def wait_for_takeover(self, dead: HostProcess) -> float:
        """Wait until a killed host owns nothing; returns the seconds that this took."""
        began = time.monotonic()

        async def is_over() -> bool:
            return dead.process.pid not in await self.count_leases()

        await until(is_over, 10 * EXPIRATION)
        return time.monotonic() - began

    def read_batches(self, *hosts: HostProcess) -> list[list[str]]:
        """Read the batches of ids that these hosts (all, also the dead, if none is named) got."""
        files = [self._folder / f"{host.process.pid}.jsonl" for host in hosts]
        texts = [file.read_text() for file in files or self._folder.iterdir() if file.exists()]
        # A host that was killed while it wrote leaves half a line.
        return [json.loads(line) for text in texts for line in text.split("\n")[:-1]]

    def read_deliveries(self, *hosts: HostProcess) -> list[str]:
        """Read the ids of all those batches."""
        return [each for batch in self.read_batches(*hosts) for each in batch]

    async def wait_for_deliveries(self, ids: set[str], seconds: float = 60) -> None:
        await until(lambda: ids <= set(self.read_deliveries()), seconds)


class Writer:
    """Writes documents to the container that the hosts read; `written` are those stored so far."""

    def __init__(self, account: Account, database: str) -> None:
        self._account = account
        self._database = database
        self.written: set[str] = set()

    async def write(self, count: int) -> None:
        """Store so many documents more, in many partition keys."""
        first = len(self.written)
        todo = iter([f"turn-{n}" for n in range(first, first + count)])
        async with self._account.connect() as client:
            items = find_container(client, self._database, "turns")

            async def write_some() -> None:
                for each in todo:
                    await items.upsert_item({"id": each, "pk": f"thread-{each[-2:]}"})
                    self.written.add(each)

            await asyncio.gather(*(write_some() for _ in range(_WRITERS)))


def read_owner(lease: dict[str, Any]) -> int | None:
    """The process that owns a lease, from the name that it gives itself."""
    match = re.search(r"/(\d+)/", lease["Owner"] or "")
    return int(match[1]) if match else None
