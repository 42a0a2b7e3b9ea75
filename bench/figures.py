"""Figures, how many of everything is asked for them, and how they are printed."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measurement, the aim that the project set, and how it was taken.

    The server's CPU time per request, in microseconds, varies less with the machine's other work
    than the wall time does; None where it says nothing.
    """

    name: str
    value: float
    unit: str
    aim: str
    method: str
    server_cpu: float | None = None


@dataclass(frozen=True)
class Sizes:
    """How many requests or items each measurement takes."""

    reads: int = 20_000
    writes: int = 10_000
    queries: int = 300
    vectors: int = 10_000
    searches: int = 60
    sdk_reads: int = 2_000


QUICK = Sizes(reads=2_000, writes=1_000, queries=50, vectors=1_000, searches=20, sdk_reads=300)


def to_json(figures: Sequence[Figure]) -> str:
    return json.dumps({"cpus": os.cpu_count(), "figures": [asdict(one) for one in figures]})


def to_table(title: str, figures: Sequence[Figure]) -> str:
    """The figures in columns, under what was measured."""
    lines = [
        f"{title}, on one machine with {os.cpu_count()} CPUs",
        "",
        f"{'':<26}{'measured':>10} {'':<17}{'aim':<9}{'server CPU':>12}  method",
    ]
    for one in figures:
        cpu = f"{one.server_cpu:,.0f} us" if one.server_cpu is not None else ""
        lines.append(
            f"{one.name:<26}{one.value:>10,.1f} {one.unit:<17}{one.aim:<9}{cpu:>12}  {one.method}"
        )
    return "\n".join(lines)


def print_figures(title: str, figures: Sequence[Figure], *, as_json: bool) -> None:
    print(to_json(figures) if as_json else to_table(title, figures))
