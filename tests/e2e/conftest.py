from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here boots the stack; each test gets the time that a busy machine needs."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def sample() -> Path:
    """The conversation that `./dev demo` shows."""
    return ROOT / "samples" / "trip-to-lisbon.turns.jsonl"
