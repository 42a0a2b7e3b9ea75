"""The measurements of the Functions host run, and measure what they say."""

from pathlib import Path

import pytest

from bench.functions import Sizes, measure


@pytest.mark.long
async def test_every_figure_is_taken(tmp_path: Path) -> None:
    figures = await measure(Sizes(burst=100, fan_outs=5, endurance=100), tmp_path)
    assert all(figure.value > 0 for figure in figures if figure.name != "memory growth")
    assert len({figure.name for figure in figures}) == len(figures)
