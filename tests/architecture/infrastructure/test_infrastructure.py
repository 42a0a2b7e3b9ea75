"""The deployment holds together, as far as that can be told without Azure."""

import pytest

from tests.architecture.bicep.resource_types import known_types, used_types
from tests.architecture.bicep.syntax import parse_folder
from tests.architecture.infrastructure.checks import CHECKS, Check
from tests.architecture.project_files import ROOT


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_found_wrong(check: Check) -> None:
    assert list(check(ROOT)) == []


def test_types_are_kept_for_the_resources_that_are_used_and_for_no_others() -> None:
    used = used_types(list(parse_folder(ROOT / "infra").values()))
    assert used == {name for name in known_types() if not name.startswith("$")}


def test_each_service_has_one_api_version() -> None:
    versions: dict[str, set[str]] = {}
    for used in known_types():
        if not used.startswith("$"):
            name, _, version = used.partition("@")
            versions.setdefault(name.rpartition("/")[0] or name, set()).add(version)
    cosmos = {name: found for name, found in versions.items() if "DocumentDB" in name}
    assert set().union(*cosmos.values()) == {"2025-10-15"}
    web = {name: found for name, found in versions.items() if "Microsoft.Web" in name}
    assert set().union(*web.values()) == {"2024-11-01"}
