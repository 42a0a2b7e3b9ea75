"""How a report of checkov is judged; `./dev check` has the real one made."""

import json
from typing import Any

from local.stack.checkov import judge
from tests.architecture.project_files import read

ACCEPTED = {"site": {"CKV_1": "because"}}


def report(*failed: tuple[str, str], parsing_errors: int = 0, passed: int = 3) -> dict[str, Any]:
    return {
        "summary": {"parsing_errors": parsing_errors, "passed": passed},
        "results": {
            "failed_checks": [
                {"resource": resource, "check_id": check, "check_name": "?", "file_path": "/x"}
                for resource, check in failed
            ]
        },
    }


def test_an_accepted_finding_is_no_problem() -> None:
    assert judge(report(("site", "CKV_1")), ACCEPTED) == []


def test_a_finding_without_a_reason_is_a_problem() -> None:
    assert judge(report(("site", "CKV_1"), ("site", "CKV_2")), ACCEPTED)
    assert judge(report(("site", "CKV_1"), ("plan", "CKV_1")), ACCEPTED)


def test_a_reason_without_a_finding_is_a_problem() -> None:
    assert judge(report(), ACCEPTED)


def test_files_that_checkov_cannot_read_are_a_problem() -> None:
    assert judge(report(("site", "CKV_1"), parsing_errors=1), ACCEPTED)


def test_a_report_about_nothing_is_a_problem() -> None:
    assert judge(report(("site", "CKV_1"), passed=0), ACCEPTED)
    assert judge({"passed": 0, "failed": 0}, {})


def test_every_accepted_finding_has_a_reason() -> None:
    accepted = json.loads(read("infra/checkov-skips.json"))
    reasons = [reason for checks in accepted.values() for reason in checks.values()]
    assert reasons
    assert all(len(reason) > 20 for reason in reasons)
