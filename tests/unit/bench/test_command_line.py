"""What ./dev bench cosmos, functions and trigger have in common."""

import asyncio
import json
import sys

import pytest

from bench.command_line import bench_parser, run_bench
from bench.figures import Figure


async def measure(size: int) -> list[Figure]:
    await asyncio.sleep(0)
    return [Figure("size", size, "", "", "as asked for")]


@pytest.mark.parametrize(("arguments", "size"), [((), 10), (("--quick",), 1)])
def test_a_bench_measures_with_the_sizes_that_are_asked_for(
    arguments: tuple[str, ...],
    size: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", *arguments, "--json"])
    parser = bench_parser("size", "What is measured: ./dev bench size\n")
    assert run_bench(parser, "what was measured", measure, 10, 1) == 0
    [figure] = json.loads(capsys.readouterr().out)["figures"]
    assert (figure["name"], figure["value"]) == ("size", size)
