"""The OpenAI client for any endpoint: OpenAI-compatible, Azure OpenAI, or a Foundry project."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
from openai import AsyncAzureOpenAI, AsyncOpenAI

_SCOPE = "https://cognitiveservices.azure.com/.default"


def build_openai_client(
    endpoint: str, key: str | None, api_version: str, timeout_seconds: float
) -> AsyncOpenAI:
    """A client that retries nothing itself: the orchestration owns the retries.

    An endpoint whose path ends in /v1 is OpenAI-compatible; any other is Azure's, and of it only
    scheme and host are used (a Foundry project's path is not part of the inference endpoint).
    Without a key, Entra ID tokens are used.
    """
    parts = urlsplit(endpoint)
    if parts.path.rstrip("/").endswith("/v1"):
        return AsyncOpenAI(
            base_url=endpoint,
            api_key=key or _entra_tokens(),
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


def _entra_tokens() -> Callable[[], Awaitable[str]]:
    return get_bearer_token_provider(DefaultAzureCredential(), _SCOPE)
