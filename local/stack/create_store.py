"""Command line: python -m local.stack.create_store --endpoint URL --key KEY.

For a Cosmos DB that nothing else prepares, such as Microsoft's emulator. On Azure the deployment
templates do this.
"""

import argparse
import asyncio
import sys

from azure.core.exceptions import AzureError

from local.stack.containers import create_store


def main(arguments: list[str] | None = None) -> int:
    """Create what is missing; 0, or 1 with the reason when the database does not let us."""
    parser = argparse.ArgumentParser(
        prog="python -m local.stack.create_store",
        description="Create the app's database and containers where they do not exist yet.",
    )
    parser.add_argument("--endpoint", required=True, help="endpoint of the Cosmos DB account")
    parser.add_argument("--key", required=True, help="its key")
    parser.add_argument("--dimensions", type=int, default=1536, help="length of the vectors")
    given = parser.parse_args(arguments)
    try:
        asyncio.run(create_store(given.endpoint, given.key, given.dimensions))
    except AzureError as error:
        print(  # noqa: T201  # the result of the command
            f"create_store: the store at {given.endpoint} was not created: {error}", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
