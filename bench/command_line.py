"""The options that a measurement takes, under its own description."""

import argparse


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
