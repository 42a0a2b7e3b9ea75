"""Live progress on standard error: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local.stack.demo.settling import Sight

SECONDS_BETWEEN_LINES = 2.0


class DemoProgress:
    """Shows turns written, turns counted and facts found; a context manager."""

    def __init__(self, turns: int, console: Console) -> None:
        self._console = console
        self._written = self._counted = self._facts = 0
        self._turns = turns
        self._last_line = ""
        self._next_line_at = 0.0
        columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn())
        self._bars = Progress(
            *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
        )
        self._bar_written = self._bars.add_task("turns written", total=turns)
        self._bar_counted = self._bars.add_task("turns counted", total=turns)
        self._bar_facts = self._bars.add_task("facts found", total=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
        self._show_line()

    def turn_written(self) -> None:
        """One more turn has been acknowledged by the store."""
        self._written += 1
        self._show()

    def observed(self, sight: Sight) -> None:
        """What the store holds now."""
        self._counted, self._facts = sight.counted, sight.facts
        self._show()

    def _show(self) -> None:
        if self._console.is_terminal:
            self._bars.update(self._bar_written, completed=self._written)
            self._bars.update(self._bar_counted, completed=self._counted)
            self._bars.update(self._bar_facts, completed=self._facts)
        elif time.monotonic() >= self._next_line_at:
            self._next_line_at = time.monotonic() + SECONDS_BETWEEN_LINES
            self._show_line()

    def _show_line(self) -> None:
        line = (
            f"turns written {self._written}/{self._turns}, counted {self._counted}, "
            f"facts found {self._facts}"
        )
        if not self._console.is_terminal and line != self._last_line:
            self._last_line = line
            self._console.print(line)
