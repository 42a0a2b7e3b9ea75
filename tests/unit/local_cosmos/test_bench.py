"""The measurements run and say what they measured; how fast it was is nobody's test."""

from bench.cosmos import Sizes, measure

FEW = Sizes(reads=40, writes=30, queries=6, vectors=12, searches=4, sdk_reads=20)


async def test_every_figure_comes_with_its_unit_and_its_method() -> None:
    figures = {figure.name: figure for figure in await measure(FEW)}
    assert set(figures) == {
        "writes",
        "point reads",
        "change feed",
        "filter query p50",
        "vector search p50",
        "vector search, first",
        "reads by the SDK",
    }
    assert all(figure.value > 0 and figure.unit and figure.method for figure in figures.values())
    assert figures["change feed"].method.startswith("30 changes")
