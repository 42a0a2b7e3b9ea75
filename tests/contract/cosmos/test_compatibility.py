"""COMPATIBILITY.md against what the server does: every row of its tables has a probe."""

import re
from pathlib import Path

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

import local.cosmos
from tests.contract.cosmos.probes import account, items, queries, search
from tests.contract.cosmos.probes.registry import PROBES, REFUSALS, Ground
from tests.contract.cosmos.server_process import ServerProcess

# Each registers its probes when it is imported.
SECTIONS = (account, items, queries, search)
DOCUMENT = Path(local.cosmos.__path__[0]) / "COMPATIBILITY.md"
CELL = r"((?:[^|\\]|\\.)*?)"
ROW = re.compile(rf"^\| {CELL} \| (Yes|No|Differs) \| ?{CELL} ?\|$")


def rows() -> dict[str, tuple[str, str]]:
    """Verdict and remarks by feature."""
    found: dict[str, tuple[str, str]] = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if match := ROW.match(line):
            assert match[1] not in found, f"two rows for {match[1]}"
            found[match[1]] = match[2], match[3]
    return found


@pytest.fixture
def ground(server: ServerProcess, client: CosmosClient, database: DatabaseProxy) -> Ground:
    return Ground(server, client, database)


def test_every_row_has_a_probe_of_its_kind() -> None:
    verdicts = {feature: verdict for feature, (verdict, _) in rows().items()}
    assert len(verdicts) > 50
    assert {feature for feature, verdict in verdicts.items() if verdict == "No"} == set(REFUSALS)
    assert {feature for feature, verdict in verdicts.items() if verdict != "No"} == set(PROBES)


def test_every_difference_is_named() -> None:
    silent = [name for name, (verdict, text) in rows().items() if verdict == "Differs" and not text]
    assert silent == []


@pytest.mark.parametrize("feature", sorted(PROBES))
def test_what_is_said_to_work_works(ground: Ground, feature: str) -> None:
    PROBES[feature](ground)


@pytest.mark.parametrize("feature", sorted(REFUSALS))
def test_what_is_said_to_be_missing_is_refused_by_name(ground: Ground, feature: str) -> None:
    word, find_calls = REFUSALS[feature]
    calls = find_calls(ground)
    assert calls
    for call in calls:
        with pytest.raises(CosmosHttpResponseError) as refusal:
            call()
        assert refusal.value.status_code in (400, 401, 404), refusal.value
        assert word.lower() in str(refusal.value).lower()
