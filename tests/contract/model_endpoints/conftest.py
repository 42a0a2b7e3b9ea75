from collections.abc import AsyncIterator

import pytest

from shared.adapters.openai_chat import OpenAIChatModel
from shared.adapters.openai_client import build_openai_client
from shared.adapters.openai_embeddings import OpenAIEmbedder
from tests.fakes.model_endpoint import ModelEndpoint, serving_script

DIMENSIONS = 3


@pytest.fixture
async def endpoint() -> AsyncIterator[ModelEndpoint]:
    """A scripted endpoint of the test's own."""
    async with serving_script() as serving:
        yield serving


@pytest.fixture
async def model(endpoint: ModelEndpoint) -> AsyncIterator[OpenAIChatModel]:
    """The adapter as the app builds it, on the scripted endpoint."""
    async with build_openai_client(f"{endpoint.url}/v1", "key", "", 10) as client:
        yield OpenAIChatModel(client, "chat")


@pytest.fixture
async def embedder(endpoint: ModelEndpoint) -> AsyncIterator[OpenAIEmbedder]:
    """The embedder on the scripted endpoint, for vectors of three numbers."""
    async with build_openai_client(f"{endpoint.url}/v1", "key", "", 10) as client:
        yield OpenAIEmbedder(client, "embed", DIMENSIONS)
