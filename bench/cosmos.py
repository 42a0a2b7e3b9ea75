"""How fast local/cosmos is: ./dev bench cosmos [--quick] [--json]

One server process and one load process on the same machine, raw HTTP over keep-alive connections,
requests signed beforehand, answers checked afterwards; a write is acknowledged once it survives
kill -9. Server CPU is that of the server's process, per request.
"""

import sys

from bench.command_line import bench_parser, run_bench
from bench.figures import QUICK, Figure, Sizes
from bench.raw import RawBench
from bench.sdk import measure_sdk
from bench.server import running_cosmos
from local.process import run_server


async def measure(sizes: Sizes) -> list[Figure]:
    async with running_cosmos() as server:
        figures = await RawBench(server, sizes).run()
        method = "resident after all of the above; on Linux without mapped pages of the data file"
        memory = Figure("server memory", server.megabytes(), "MB", "", method)
        return [*figures, memory, *await measure_sdk(server, sizes)]


def main() -> int:
    parser = bench_parser("cosmos", __doc__)
    return run_bench(parser, "local/cosmos, server and load", measure, Sizes(), QUICK, run_server)


if __name__ == "__main__":
    sys.exit(main())
