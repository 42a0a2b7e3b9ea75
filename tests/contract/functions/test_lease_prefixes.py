"""Two apps on one container: those with lease prefixes of their own do not share the feed."""

from pathlib import Path

import pytest

from tests.contract.functions.account import Account
from tests.contract.functions.hosts import Hosts, Writer, read_owner
from tests.contract.functions.processes import until


@pytest.mark.long
async def test_apps_with_prefixes_of_their_own_each_read_the_whole_feed(tmp_path: Path) -> None:
    account = Account(tmp_path / "cosmos", partitions=2)
    deliveries = tmp_path / "deliveries"
    deliveries.mkdir()
    hosts = Hosts(account, await account.create_database("turns"), deliveries)
    writer = Writer(account, hosts.database)
    try:
        blue, green = (
            hosts.start(LEASE_PREFIX=prefix).wait_until_ready() for prefix in ("blue-", "green-")
        )
        await writer.write(100)
        for host in (blue, green):
            await until(lambda host=host: writer.written <= set(hosts.read_deliveries(host)))
        leases = await hosts.read_leases()
        owners = {(lease["id"].partition("-")[0], read_owner(lease)) for lease in leases}
        assert owners == {("blue", blue.process.pid), ("green", green.process.pid)}
        assert len(leases) == 4
    finally:
        hosts.kill_all()
        account.server.kill()
