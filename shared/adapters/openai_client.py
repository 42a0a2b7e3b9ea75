"""The OpenAI client for any endpoint: OpenAI-compatible, Azure OpenAI, or a Foundry project."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
from openai import AsyncAzureOpenAI, AsyncOpenAI

_SCOPE = "https://cognitiveservices.azure.com/.default"
_AZURE_DOMAINS = (".azure.com", ".azure.us", ".azure.cn", ".azure-api.net")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_NO_KEY = "none"


def build_openai_client(
    endpoint: str, key: str | None, api_version: str, timeout_seconds: float
) -> AsyncOpenAI:
    """A client that retries nothing itself: the orchestration owns the retries.

    An endpoint whose path ends in /v1 is OpenAI-compatible; any other is Azure's, and of it only
    scheme and host are used (a Foundry project's path is not part of the inference endpoint).
    Without a key Azure gets Entra ID tokens, and so does any server on this machine, which stands
    in for it, where there is an identity. Anybody else's server gets none, as a token is worth
    something to whoever receives it.
    """
    parts = urlsplit(endpoint)
    if parts.path.rstrip("/").endswith("/v1"):
        return AsyncOpenAI(
            base_url=endpoint,
            api_key=key or _choose_credential(parts.hostname or ""),
            max_retries=0,
            timeout=timeout_seconds,
        )
    host = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    if key:
        return AsyncAzureOpenAI(
            azure_endpoint=host,
            api_key=key,
            api_version=api_version,
            max_retries=0,
            timeout=timeout_seconds,
        )
    return AsyncAzureOpenAI(
        azure_endpoint=host,
        azure_ad_token_provider=_entra_tokens(),
        api_version=api_version,
        max_retries=0,
        timeout=timeout_seconds,
    )


def _choose_credential(host: str) -> str | Callable[[], Awaitable[str]]:
    if host.endswith(_AZURE_DOMAINS):
        return _entra_tokens()
    return _tokens_if_any(_entra_tokens()) if host in _THIS_MACHINE else _NO_KEY


def _tokens_if_any(get_token: Callable[[], Awaitable[str]]) -> Callable[[], Awaitable[str]]:
    """The tokens of this process's identity; without one, what a server without keys takes."""
    has_identity = True

    async def get_token_or_none() -> str:
        nonlocal has_identity
        if has_identity:
            try:
                return await get_token()
            except ClientAuthenticationError:
                has_identity = False  # looking for one takes seconds: not at every call
        return _NO_KEY

    return get_token_or_none


def _entra_tokens() -> Callable[[], Awaitable[str]]:
    return get_bearer_token_provider(DefaultAzureCredential(), _SCOPE)
