"""The endpoint for tokens, asked by the credential that asks the real one."""

import time
from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import DefaultAzureCredential

from local.stack.identity import OTHER_IDENTITIES, IdentityEndpoint

TOKEN = "a.token.of.ours"
SCOPE = "https://cognitiveservices.azure.com/.default"


@pytest.fixture
async def endpoint() -> AsyncIterator[IdentityEndpoint]:
    endpoint = IdentityEndpoint(TOKEN)
    await endpoint.start()
    yield endpoint
    await endpoint.stop()


@pytest.fixture
def environment(endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in OTHER_IDENTITIES:
        monkeypatch.delenv(name, raising=False)
    for name, value in endpoint.variables().items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.usefixtures("environment")
async def test_the_real_credential_gets_a_token_for_any_resource() -> None:
    async with DefaultAzureCredential() as credential:
        for scope in (SCOPE, "https://127.0.0.1/.default"):
            token = await credential.get_token(scope)
            assert token.token == TOKEN
            assert 3000 < token.expires_on - time.time() <= 3600


async def test_without_the_header_there_is_no_token(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("IDENTITY_HEADER", "guessed")
    async with DefaultAzureCredential() as credential:
        with pytest.raises(ClientAuthenticationError, match="IDENTITY_HEADER"):
            await credential.get_token(SCOPE)


@pytest.mark.parametrize(
    ("header", "query", "status"),
    [
        (None, "resource=r", HTTPStatus.UNAUTHORIZED),
        ("", "resource=r", HTTPStatus.UNAUTHORIZED),
        ("é", "resource=r", HTTPStatus.UNAUTHORIZED),
        ("right", "", HTTPStatus.BAD_REQUEST),
        ("right", "resource=r", HTTPStatus.OK),
    ],
)
async def test_only_a_complete_question_is_answered(
    endpoint: IdentityEndpoint, header: str | None, query: str, status: HTTPStatus
) -> None:
    variables = endpoint.variables()
    right = variables["IDENTITY_HEADER"]
    headers = (
        {} if header is None else {"X-IDENTITY-HEADER": right if header == "right" else header}
    )
    url = f"{variables['IDENTITY_ENDPOINT']}?{query}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        assert response.status == status
        assert (TOKEN in await response.text()) == (status == HTTPStatus.OK)


async def test_each_endpoint_has_a_secret_and_a_port_of_its_own(endpoint: IdentityEndpoint) -> None:
    other = IdentityEndpoint(TOKEN)
    mine, theirs = endpoint.variables(), other.variables()
    assert mine["IDENTITY_HEADER"] != theirs["IDENTITY_HEADER"]
    assert mine["IDENTITY_ENDPOINT"] != theirs["IDENTITY_ENDPOINT"]
    await other.stop()
