"""A function that raised: what the host knows of it, and how it is logged."""

import logging

from local.functions.worker.messages import RpcException


class FunctionFailedError(Exception):
    """A function raised.

    The worker reports one line of text, `KeyError: 'x'`. It is split as the Durable extension
    splits it (OutOfProcMiddleware.GetFailureDetails): the type before the first colon, then the
    first line of what follows.
    """

    def __init__(self, error: RpcException) -> None:
        super().__init__(error.message)
        kind, colon, text = error.message.partition(": ")
        self.kind = kind.rstrip() if colon else "(unknown)"
        self.text = text.split("\n", 1)[0].rstrip() if colon else error.message
        self.stack = error.stack_trace


class FunctionTimedOutError(FunctionFailedError):
    """A function ran longer than functionTimeout of host.json allows, in the real host's words."""

    def __init__(self, function_name: str, limit: str) -> None:
        text = f"Timeout value of {limit} was exceeded by function: Functions.{function_name}"
        super().__init__(RpcException(f"FunctionTimeoutException: {text}"))


def log_failure(
    logger: logging.Logger, function_name: str, error: FunctionFailedError, consequence: str
) -> None:
    """Log a failed invocation with the app's stack; the consequence says what happens now."""
    stack = error.stack.rstrip()
    logger.error(
        "Function '%s' failed; %s. %s\n%s",
        function_name,
        consequence,
        error,
        stack,
        extra={"category": f"Function.{function_name}", "function": function_name},
    )
