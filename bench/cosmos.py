"""How fast local/cosmos is: ./dev bench cosmos [--quick] [--json]

One server process and one load process on the same machine, raw HTTP over keep-alive connections,
requests signed beforehand, answers checked afterwards; a write is acknowledged once it survives
kill -9. Server CPU is that of the server's process, per request.
"""

import sys

from bench.command_line import bench_parser
from bench.figures import QUICK, Figure, Sizes, to_json, to_table
from bench.raw import RawBench
from bench.sdk import measure_sdk
from bench.server import running_cosmos
from local.process import run_server

TITLE = "local/cosmos, server and load"


async def measure(sizes: Sizes) -> list[Figure]:
    async with running_cosmos() as server:
        figures = await RawBench(server, sizes).run()
        method = "resident after all of the above; on Linux without mapped pages of the data file"
        memory = Figure("server memory", server.megabytes(), "MB", "", method)
        return [*figures, memory, *await measure_sdk(server, sizes)]


async def print_figures(sizes: Sizes, *, as_json: bool) -> int:
    figures = await measure(sizes)
    print(to_json(figures) if as_json else to_table(TITLE, figures))
    return 0


def main() -> int:
    parser = bench_parser("cosmos", __doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    return run_server(print_figures(QUICK if options.quick else Sizes(), as_json=options.json))


if __name__ == "__main__":
    sys.exit(main())
