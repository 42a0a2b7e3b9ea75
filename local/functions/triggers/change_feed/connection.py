"""From the name of a connection to a client of the account, as the host resolves it.

Either the setting NAME is a connection string, or NAME__accountEndpoint names the account and the
identity of the environment (or NAME__accountKey, which Azure does not have) opens it.
"""

import ipaddress
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos.aio import CosmosClient

from local.functions.settings import AppSettings

USER_AGENT_SUFFIX = "local-functions-host"
"""Tells the host's own requests from those of the app."""


class NoSuchConnectionError(Exception):
    """A connection's settings are missing or incomplete; the message names them."""


@dataclass(frozen=True)
class Connection:
    """An account; without a key the environment's Entra identity is used."""

    endpoint: str
    key: str | None = field(repr=False)


def resolve_connection(settings: AppSettings, name: str) -> Connection:
    """Look a connection up in the app's settings.

    Raises:
        NoSuchConnectionError: neither form of it is set.
    """
    text = settings.get(name)
    if text:
        parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
        endpoint = parts.get("AccountEndpoint")
        if not endpoint or not parts.get("AccountKey"):
            raise NoSuchConnectionError(
                f"the setting {name} is not a connection string: it needs AccountEndpoint=...; and "
                "AccountKey=...;"
            )
        return Connection(endpoint, parts["AccountKey"])
    endpoint = settings.get(f"{name}__accountEndpoint")
    if endpoint:
        return Connection(endpoint, settings.get(f"{name}__accountKey"))
    raise NoSuchConnectionError(
        f"Cosmos DB connection configuration '{name}' does not exist: set {name} to a connection "
        f"string, or {name}__accountEndpoint."
    )


@asynccontextmanager
async def open_client(connection: Connection) -> AsyncGenerator[CosmosClient]:
    """Open a client that closes with its credential."""
    if connection.key:
        async with _make_client(connection.endpoint, connection.key) as client:
            yield client
        return
    from azure.identity.aio import DefaultAzureCredential  # slow to import, and rarely needed here

    async with (
        DefaultAzureCredential() as credential,
        _make_client(connection.endpoint, credential) as client,
    ):
        yield client


def _make_client(endpoint: str, credential: str | AsyncTokenCredential) -> CosmosClient:
    is_key_of_emulator = isinstance(credential, str) and _is_loopback(endpoint)
    return CosmosClient(
        endpoint,
        credential,
        user_agent_suffix=USER_AGENT_SUFFIX,
        connection_verify=not is_key_of_emulator,  # emulators sign their own certificate
        # Else a proxy and a .netrc file are looked for at every poll, which costs as much again.
        transport=AioHttpTransport(use_env_settings=bool(getproxies())),
    )


def _is_loopback(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
