"""Reading, deciding and writing again where another worker was faster."""

from collections.abc import Awaitable, Callable

from shared.domain.errors import ConflictError

_ATTEMPTS = 6


async def retry_conflicts[R](what: str, attempt: Callable[[bool], Awaitable[R | None]]) -> R:
    """The first result of `attempt`; ConflictError, naming `what`, if others are always faster.

    `attempt` is called again after a ConflictError, and where it returns None because it could not
    decide on a remembered state. It is told whether to read afresh: every time but the first.
    """
    for number in range(_ATTEMPTS):
        try:
            result = await attempt(number > 0)
        except ConflictError:
            continue
        if result is not None:
            return result
    raise ConflictError(f"conflict: {what} is written too often by others; try again")
