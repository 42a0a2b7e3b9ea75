"""What a run of seeds has shown, while it goes on and at its end."""

import json
import time
from collections import Counter
from typing import TextIO

from tests.chaos.run_seed import SeedResult

_SHOWN_VIOLATIONS = 6


class Report:
    """Writes a line for each seed that has failed, a progress line, and the sums."""

    def __init__(self, planned: int, output: TextIO) -> None:
        self._planned = planned
        self._output = output
        self._began = time.monotonic()
        self._results: list[SeedResult] = []

    @property
    def has_violations(self) -> bool:
        """Whether a promise was broken."""
        return any(result.violations for result in self._results)

    def add(self, result: SeedResult) -> None:
        """Take note of a seed."""
        self._results.append(result)
        done = len(self._results)
        if result.violations:
            self._say(f"seed {result.seed}: evidence in {result.evidence}")
            for violation in result.violations[:_SHOWN_VIOLATIONS]:
                self._say(f"  {violation}")
            if len(result.violations) > _SHOWN_VIOLATIONS:
                self._say(f"  and {len(result.violations) - _SHOWN_VIOLATIONS} more")
        if result.violations or done == self._planned or done % 5 == 0:
            self._say(f"{done} of {self._planned} seeds, {time.monotonic() - self._began:.0f} s")

    def conclude(self, *, as_json: bool) -> None:
        """Write the sums, as a last line of JSON if that was asked for."""
        breaches: Counter[str] = Counter(
            violation.breach for result in self._results for violation in result.violations
        )
        struck = sum((result.struck for result in self._results), Counter[str]())
        sums = {
            "seeds": len(self._results),
            "faults_injected": struck.total(),
            "turns": sum(result.turns for result in self._results),
            **{breach: breaches[breach] for breach in ("lost", "duplicated", "stuck")},
        }
        failed = sorted(result.seed for result in self._results if result.violations)
        self._say(
            f"{sums['seeds']} seeds, {sums['turns']} turns, {sums['faults_injected']} faults: "
            f"{sums['lost']} lost, {sums['duplicated']} duplicated, {sums['stuck']} stuck"
            + (f"; seeds {failed}" if failed else "")
        )
        if as_json:
            self._say(json.dumps({**sums, "faults_by_kind": dict(sorted(struck.items()))}))

    def _say(self, line: str) -> None:
        self._output.write(f"{line}\n")
        self._output.flush()
