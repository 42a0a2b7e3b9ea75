"""Who may call, and under which addresses."""

import aiohttp
import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI, AuthenticationError, NotFoundError

from tests.contract.model.chat_calls import complete, content_of, turns_prompt
from tests.contract.model.server_process import KEY, RunningServer, run_server


async def test_a_wrong_key_is_refused_as_openai_does(server: RunningServer) -> None:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="wrong", max_retries=0) as client:
        with pytest.raises(AuthenticationError) as refusal:
            await complete(client, "x")
    assert refusal.value.code == "invalid_api_key"
    assert "wrong" not in refusal.value.message


async def test_a_missing_key_is_refused(admin: aiohttp.ClientSession) -> None:
    response = await admin.get("/v1/models")
    assert response.status == 401
    assert "api-key" in (await response.json())["error"]["message"]


@pytest.mark.parametrize("headers", [{"api-key": KEY}, {"Authorization": f"Bearer {KEY}"}])
async def test_both_forms_of_the_key_are_taken(
    admin: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    assert (await admin.get("/v1/models", headers=headers)).status == 200


async def test_without_a_key_of_its_own_the_server_takes_every_caller() -> None:
    with run_server() as running:
        async with aiohttp.ClientSession(running.url) as session:
            assert (await session.get("/v1/models")).status == 200


async def test_azure_clients_find_the_same_model_under_a_deployment(
    server: RunningServer,
) -> None:
    async with AsyncAzureOpenAI(
        azure_endpoint=server.url, api_key=KEY, api_version="2024-10-21", max_retries=0
    ) as client:
        completion = await complete(client, turns_prompt("I adopted a cat in Rome."))
        assert content_of(completion)["facts"][0]["text"] == "The user adopted a cat in Rome."
        vectors = await client.embeddings.create(model="embedder", input="x", dimensions=8)
        assert len(vectors.data[0].embedding) == 8


async def test_azure_without_an_api_version_finds_nothing(server: RunningServer) -> None:
    async with AsyncOpenAI(
        base_url=f"{server.url}/openai/deployments/chat", api_key=KEY, max_retries=0
    ) as client:
        with pytest.raises(NotFoundError):
            await complete(client, "x")


async def test_azures_version_one_address_works_without_an_api_version(
    server: RunningServer,
) -> None:
    async with AsyncOpenAI(base_url=f"{server.url}/openai/v1", api_key=KEY) as client:
        completion = await complete(client, turns_prompt("I adopted a cat in Rome."))
        assert content_of(completion)["facts"]
