"""Orders to split physical partitions, as whoever runs the server gives them."""

import json
import urllib.request
from typing import Any

from azure.cosmos import ContainerProxy

from tests.contract.cosmos.server_process import ServerProcess


def split_partition(server: ServerProcess, split: ContainerProxy, **options: str) -> dict[str, Any]:
    """Split one of a container's partitions; the options are `range` and `at`."""
    _, database, _, name = split.container_link.split("/")
    order = {"database": database, "container": name, **options}
    request = urllib.request.Request(
        server.url.rstrip("/") + "/_split", json.dumps(order).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)
