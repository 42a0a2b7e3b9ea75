"""The app's own trigger on the change feed."""

from collections.abc import Sequence

import azure.functions as func
import pytest

from tests.fakes.durable_client import DurableClient
from tests.fakes.memory_app import Document, MemoryApp
from tests.workflow.hub import registered_functions


class ChangeFeed:
    """Delivers batches to the trigger of an app; what it starts is noted by the client."""

    def __init__(self, app: MemoryApp, patch: pytest.MonkeyPatch, client: DurableClient) -> None:
        patch.setattr("triggers.change_feed.get_services", lambda: app.services)
        patch.setattr("triggers.change_feed.get_telemetry", lambda: app.telemetry)
        patch.setattr("shared.wiring.observing.get_telemetry", lambda: app.telemetry)
        self._client = client

    async def deliver(self, documents: Sequence[Document]) -> None:
        trigger = registered_functions()["on_turns_written"].get_user_function()
        batch = func.DocumentList(func.Document.from_dict(document) for document in documents)
        await trigger.client_function(documents=batch, client=self._client)
