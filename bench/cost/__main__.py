"""What a conversation costs in calls and requests: ./dev bench cost [--json] [--only main]

The whole app runs here, on the local Functions host, store and model. 100 turns of one thread are
written one by one, each processed before the next: the case that the peer's costs were measured
with. Then the same for up to 400 turns, for 400 turns over up to 80 threads, and for 100 turns in
pairs that each come after the idle flush of the one before, or only when that is extracted. The
servers count, by user agent; what the trigger reads to follow the feed, what the sweeper asks, and
this program do not count.
"""

import asyncio
import json
import sys

from bench.command_line import bench_parser
from bench.cost.cases import count_everything, count_long_thread
from bench.cost.report import judge, print_report, to_json

MAIN = 100
SIZES = (50, 100, 200, 400)
THREADS = (10, 40, 80)


def main() -> int:
    parser = bench_parser("cost", __doc__)
    parser.add_argument("--only", choices=["main"], help="the 100 turns of one thread, no more")
    parser.add_argument("--json", action="store_true", help="one JSON line and no table")
    options = parser.parse_args()
    if options.only:
        long_thread = asyncio.run(count_long_thread([MAIN]))
        result = to_json(long_thread[MAIN], long_thread, {}, {})
    else:
        long_thread, over, slow = asyncio.run(count_everything(SIZES, THREADS))
        result = to_json(long_thread[MAIN], long_thread, {1: long_thread[max(SIZES)], **over}, slow)
    missed = judge(result)
    if not options.json:
        print_report(result)
    print(json.dumps({**result, "missed": missed}))
    for complaint in missed:
        print(f"missed: {complaint}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
