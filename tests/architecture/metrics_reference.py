"""Writes the table of metrics in docs/metrics.md: `python -m` this module."""

from shared.domain.metrics import render_table
from tests.architecture.project_files import ROOT

PAGE = ROOT / "docs" / "metrics.md"
_BEGIN = "<!-- metrics: made by python -m tests.architecture.metrics_reference -->\n"
_END = "<!-- metrics: end -->\n"


def with_table(page: str) -> str:
    """The page with the table as the code has it."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{render_table()}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
