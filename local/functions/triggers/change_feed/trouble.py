"""What is said when the account cannot be read or written."""

from azure.cosmos.exceptions import CosmosHttpResponseError

from local.functions.triggers.change_feed.options import ChangeFeedOptions


def describe_trouble(
    function_name: str, options: ChangeFeedOptions, what: str, error: BaseException
) -> str:
    """Say what failed, and what to look at."""
    return (
        f"Function '{function_name}': {what} and will be tried again ({_describe(error)}). Is the "
        f"account of the connection {options.monitored.connection} up, and are database "
        f"'{options.monitored.database}', its container '{options.monitored.container}' and the "
        f"lease container '{options.leases.container}' there?"
    )


def _describe(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        inner: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - a group of anything
        return ", ".join(_describe(each) for each in inner)
    # Not the message of a refused request: it quotes the response, which may quote a document.
    if isinstance(error, CosmosHttpResponseError):
        return f"{type(error).__name__}, status {error.status_code}"
    return f"{type(error).__name__}: {error}"
