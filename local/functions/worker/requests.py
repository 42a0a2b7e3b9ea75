"""Builds the worker's invocation requests, in as few steps as there can be: there are many."""

import uuid
from itertools import count

from local.functions.worker import messages
from local.functions.worker.functions import Function

# Nobody changes these: the runtime only reads them.
_NO_TRACE = messages.RpcTraceContext()
_NO_RETRY = messages.RetryContext()

# Ids are unique, not secret: a random beginning for the process, and a number for each call.
_ID_BEGINNING = str(uuid.uuid4())[:-12]
_numbers = count(1)


def make_request(
    function: Function,
    value: messages.TypedData,
    client_configuration: str,
    trace_parent: str = "",
    retry: messages.RetryContext | None = None,
) -> messages.InvocationRequest:
    """Ask for a function to be run on its trigger's value; durable clients are configured."""
    inputs = [messages.ParameterBinding(function.trigger["name"], value)]
    for name in function.durable_clients:
        configuration = messages.TypedData(string=client_configuration)
        inputs.append(messages.ParameterBinding(name, configuration))
    return messages.InvocationRequest(
        f"{_ID_BEGINNING}{next(_numbers):012x}",
        function.id,
        inputs,
        {},
        messages.RpcTraceContext(trace_parent) if trace_parent else _NO_TRACE,
        retry or _NO_RETRY,
    )
