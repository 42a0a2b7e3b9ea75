"""The options that a measurement takes, under its own description, and what it prints."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from bench.figures import Figure, print_figures


def bench_parser(name: str, text: str | None) -> argparse.ArgumentParser:
    """A parser for `./dev bench NAME` whose help is the text of its module, line by line.

    Of the text's first line it takes what stands before the command.
    """
    first, _, rest = (text or "").partition("\n")
    subject = first.partition(" ./dev")[0].rstrip(":")
    return argparse.ArgumentParser(
        prog=f"./dev bench {name}",
        description=f"{subject}\n{rest}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run_bench[S](
    parser: argparse.ArgumentParser,
    title: str,
    measure: Callable[[S], Awaitable[list[Figure]]],
    sizes: S,
    quick: S,
    run: Callable[[Coroutine[object, object, int]], int] = asyncio.run,
) -> int:
    """Measure with the sizes, with `--quick` the quick ones, and print the figures."""
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()

    async def show() -> int:
        figures = await measure(quick if options.quick else sizes)
        print_figures(title, figures, as_json=options.json)
        return 0

    return run(show())
