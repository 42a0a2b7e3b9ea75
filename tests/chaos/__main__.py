"""Run schedules of faults and say what was lost, duplicated or stuck."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import uvloop

from tests.chaos.mutants import MUTANTS
from tests.chaos.report import Report
from tests.chaos.run_seeds import run_seeds


def main() -> int:
    """Parse the arguments and run; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__)
    parser.add_argument("--seeds", type=_count, default=20, help="how many (%(default)s)")
    parser.add_argument("--first-seed", type=int, default=1, help="the first (%(default)s)")
    parser.add_argument("--lanes", type=_count, default=4, help="at a time (%(default)s)")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="switch one safeguard off")
    parser.add_argument("--fail-fast", action="store_true", help="end with the first violation")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    report = Report(len(seeds), sys.stdout)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    asyncio.run(
        run_seeds(
            seeds,
            folder,
            report.add,
            lanes=options.lanes,
            mutant=options.mutant,
            fail_fast=options.fail_fast,
        ),
        loop_factory=uvloop.new_event_loop,
    )
    report.conclude(as_json=options.json)
    return 1 if report.has_violations else 0


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
