"""The azure-cosmos client, made so that a request costs no more than it must."""

from urllib.request import getproxies

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos.aio import CosmosClient


def build_cosmos_client(
    endpoint: str, credential: str | AsyncTokenCredential, user_agent: str
) -> CosmosClient:
    """A client of the account, told apart from others by its user agent.

    By default azure-core looks for a proxy and a .netrc file at every request, which takes as much
    time as the rest of it. They are looked for only where a proxy is set when the app starts.
    """
    transport = AioHttpTransport(use_env_settings=bool(getproxies()))
    return CosmosClient(
        endpoint, credential=credential, user_agent_suffix=user_agent, transport=transport
    )
