"""Errors of the OpenAI SDK as errors of the app, by type, status and the service's error code."""

from collections.abc import Generator
from contextlib import contextmanager

from azure.core.exceptions import ClientAuthenticationError
from openai import (
    APIConnectionError,
    APIStatusError,
    OpenAIError,
)

from shared.adapters.openai_dialect import ContentRefusedError
from shared.domain.errors import ModelRefusedError, ModelUnavailableError

_TOO_LARGE = 413


@contextmanager
def translate_errors(purpose: str) -> Generator[None]:
    """Raise the app's error for what the SDK raises inside; `purpose` names the call.

    What an endpoint says of the content (see Dialect), and 413, is a refusal of this content;
    everything else (rights, throttling, outages, no identity, a deployment that does not exist yet
    or is not of a kind that answers) may succeed later.
    """
    try:
        yield
    except ContentRefusedError as error:
        raise ModelRefusedError(purpose, error.code) from error
    except APIStatusError as error:
        if error.status_code == _TOO_LARGE:
            raise ModelRefusedError(purpose, "request_too_large") from error
        raise ModelUnavailableError(purpose, error.status_code) from error
    except APIConnectionError as error:
        raise ModelUnavailableError(purpose, 0) from error
    except OpenAIError as error:
        raise ModelUnavailableError(purpose, 0) from error
    except ClientAuthenticationError as error:
        raise ModelUnavailableError(purpose, 401) from error
