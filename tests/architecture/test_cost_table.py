"""The cost table is what its prices and measurements say."""

from tests.architecture.cost_table import DOCUMENT, PARTS, read_figures, render, rewrite
from tests.architecture.project_files import read


def test_the_table_follows_from_the_figures_of_the_document() -> None:
    assert rewrite(read(DOCUMENT)) == read(DOCUMENT), "run: python -m tests.architecture.cost_table"


def test_every_figure_counts() -> None:
    given = read_figures(read(DOCUMENT))
    table = render(given)
    idle = [name for name in given if render(given | {name: given[name] * 100}) == table]
    assert idle == []


def test_every_part_grows_with_the_load() -> None:
    given = read_figures(read(DOCUMENT))
    assert all(part(1e7, given) > part(1e6, given) for part in PARTS.values())
