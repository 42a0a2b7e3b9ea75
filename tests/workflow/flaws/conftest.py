import pytest

from tests.fakes.memory_app import MemoryApp
from tests.workflow.flaws.conversation import Conversation


@pytest.fixture
def talk(app: MemoryApp, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """A conversation with an app of default settings."""
    return Conversation(app, monkeypatch)
