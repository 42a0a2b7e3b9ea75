"""`./dev check`: every check of the house, one line each, and at the end what failed and why."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Check:
    """One tool's run over the whole project."""

    name: str
    command: tuple[str, ...]


CHECKS = (
    Check("lint", ("-m", "ruff", "check", ".")),
    Check("format", ("-m", "ruff", "format", "--check", ".")),
    Check("types", ("-m", "basedpyright")),
    Check(
        "import layers", ("-c", "from importlinter.cli import lint_imports_command as run; run()")
    ),
    Check("documentation and house rules", ("-m", "pytest", "-q", "tests/architecture")),
    Check("infrastructure (checkov)", ("-m", "local.stack.checkov")),
)


def run_checks() -> int:
    """Run all of them, also after one has failed; 1 if any did."""
    failures: list[str] = []
    for check in CHECKS:
        started = time.monotonic()
        result = subprocess.run(
            [sys.executable, *check.command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        verdict = "ok" if result.returncode == 0 else "FAILED"
        _say(f"{check.name:<30} {verdict:<6} {time.monotonic() - started:5.1f} s")
        if result.returncode != 0:
            failures.append(f"--- {check.name} ---\n{result.stdout.strip()}")
    for failure in failures:
        _say("\n" + failure)
    return 1 if failures else 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # the output of a command-line tool


if __name__ == "__main__":
    sys.exit(run_checks())
