"""Errors of the Cosmos DB SDK as errors of the app, by type and status."""

from collections.abc import Generator
from contextlib import contextmanager

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.cosmos.exceptions import CosmosHttpResponseError

from shared.domain.errors import ConflictError, StoreUnavailableError

NOT_FOUND = 404
CONFLICT = 409
PRECONDITION_FAILED = 412
FAILED_DEPENDENCY = 424


@contextmanager
def translate_errors(operation: str) -> Generator[None]:
    """Raise the app's error for what the SDK raises inside; `operation` names it, without ids.

    409 and 412 become ConflictError. All else becomes StoreUnavailableError: also 400, 401, 403 and
    404 of a container, which are a matter of the deployment and not of the turn at hand.
    """
    try:
        yield
    except CosmosHttpResponseError as error:
        status = int(error.status_code or 0)
        if status in (CONFLICT, PRECONDITION_FAILED):
            raise ConflictError(
                f"conflict: {operation}: somebody wrote first ({status})"
            ) from error
        raise StoreUnavailableError(operation, status) from error
    except ClientAuthenticationError as error:
        raise StoreUnavailableError(operation, int(error.status_code or 401)) from error
    except (AzureError, TimeoutError, OSError) as error:
        raise StoreUnavailableError(operation, 0) from error
