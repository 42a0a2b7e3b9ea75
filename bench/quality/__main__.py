"""Is every gold observation remembered, and found? ./dev bench quality --gold DIR [--json]

The conversations of a folder go through the whole app with a model that answers the gold
observations of exactly the turns it is shown. What it answers must be stored once, with the turns
and the speaker it came from, and every turn that is not trivial must be shown to it once. How many
of the turns that answer the gold questions search finds is reported; it is nobody's aim, as the
vectors are a stand-in's.
"""

import asyncio
import json
import sys
from pathlib import Path

from bench.command_line import bench_parser
from bench.quality.gold import GoldError, load_gold
from bench.quality.run import run_gold


def main() -> int:
    parser = bench_parser("quality", __doc__)
    parser.add_argument("--gold", type=Path, required=True, help="folder of gold conversations")
    parser.add_argument("--json", action="store_true", help="one JSON line and no table")
    options = parser.parse_args()
    try:
        gold = load_gold(options.gold)
    except GoldError as error:
        print(f"dev: {error}", file=sys.stderr)
        return 2
    verdict, figures = asyncio.run(run_gold(gold))
    complaints = verdict.complaints()
    if not options.json:
        for name, value in figures.items():
            print(f"{name:<22} {value}")
    print(json.dumps({**figures, "missed": complaints}))
    for complaint in complaints:
        print(f"missed: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
