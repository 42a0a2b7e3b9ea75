"""`./dev check`'s look at infra/ with checkov: known misconfigurations of Azure resources.

checkov lives in an environment of its own. infra/checkov-skips.json names each finding that is
accepted, by resource, with the reason; a finding without one fails, and so does a reason without a
finding. checkov itself ends well on files that it cannot read: here that fails too.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def find_misconfigurations(
    infra: Path = ROOT / "infra", program: Path = ROOT / ".venv-checkov" / "bin" / "checkov"
) -> list[str]:
    """What checkov finds in a folder of templates and its checkov-skips.json does not accept."""
    options = ("--framework", "bicep", "--skip-download", "--quiet", "--compact")
    result = subprocess.run(
        [program, "--directory", infra, *options, "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report: dict[str, Any] = json.loads(result.stdout)
    except json.JSONDecodeError:
        return [f"checkov gave no report: {result.stderr.strip()[-500:]}"]
    accepted: dict[str, dict[str, str]] = json.loads(
        (infra / "checkov-skips.json").read_text(encoding="utf-8")
    )
    return judge(report, accepted)


def judge(report: dict[str, Any], accepted: dict[str, dict[str, str]]) -> list[str]:
    """The problems in a report of checkov, given `{resource: {check id: reason}}`."""
    summary = report.get("summary", {})
    problems: list[str] = []
    if summary.get("parsing_errors") != 0:
        unread = report.get("results", {}).get("parsing_errors", [])
        problems.append(f"checkov could not read {unread or 'the templates'}")
    if not summary.get("passed"):
        problems.append("checkov checked nothing")
    reasons = {(resource, check) for resource, checks in accepted.items() for check in checks}
    found: set[tuple[str, str]] = set()
    for item in report.get("results", {}).get("failed_checks", []):
        key = (item["resource"], item["check_id"])
        found.add(key)
        if key not in reasons:
            problems.append(f"{item['file_path']}: {key[0]}: {key[1]} {item['check_name']}")
    problems += [
        f"checkov-skips.json: {resource}: {check} is accepted, and not found any more"
        for resource, check in sorted(reasons - found)
    ]
    return problems


if __name__ == "__main__":
    misconfigurations = find_misconfigurations()
    print("\n".join(misconfigurations))  # noqa: T201  # the output of a command-line tool
    sys.exit(bool(misconfigurations))
