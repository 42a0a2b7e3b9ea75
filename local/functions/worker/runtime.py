"""Microsoft's worker runtime in this process: index the app once, invoke its functions.

The runtime keeps what it indexed in module globals, so a process holds exactly one app.
"""

import os
import random
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, cast

import azure_functions_runtime  # pyright: ignore[reportMissingTypeStubs] - see _Runtime

from local.functions.settings import AppSettings
from local.functions.worker import messages
from local.functions.worker.failures import FunctionFailedError
from local.functions.worker.functions import Function, parse_function

DEFAULT_THREAD_COUNT = 32
"""Threads for sync functions and orchestrator turns when the app does not say.

The interpreter's default is processors + 4: on a small machine a handful of blocking activities
would hold up every orchestration behind them.
"""


class _Runtime(Protocol):
    """The untyped library's functions, as far as this module calls them."""

    def start_threadpool_executor(self) -> None: ...
    def stop_threadpool_executor(self) -> None: ...
    async def worker_init_request(
        self, request: messages.WorkerRequest
    ) -> messages.WorkerInitResponse: ...
    async def functions_metadata_request(
        self, request: messages.WorkerRequest
    ) -> messages.FunctionMetadataResponse: ...
    async def invocation_request(
        self, request: messages.WorkerRequest
    ) -> messages.InvocationResponse: ...


_runtime = cast("_Runtime", azure_functions_runtime)


class IndexingError(Exception):
    """The app could not be indexed; the message holds the worker's error and its stack."""


class Worker:
    """The functions of the app, and the way to run them."""

    def __init__(self) -> None:
        self.functions: list[Function] = []
        self._by_dispatch_name: dict[tuple[str, str], Function] = {}
        self._properties = {"protos": messages, "host": "127.0.0.1"}
        self._client_configuration = ""

    async def index(self, app_directory: Path, settings: AppSettings) -> None:
        """Import the app and learn its functions; the working directory becomes the app's.

        Raises:
            IndexingError: the app cannot be imported, or its functions are not valid.
            FunctionInError: a function's bindings cannot be used.
        """
        sys.path.insert(0, str(app_directory))
        os.chdir(app_directory)
        _runtime.start_threadpool_executor()
        started = await _runtime.worker_init_request(
            self._wrap(
                worker_init_request=messages.WorkerInitRequest(
                    function_app_directory=str(app_directory)
                )
            )
        )
        if started.result.status != messages.StatusResult.Success:
            error = started.result.exception or messages.RpcException("no reason given")
            raise IndexingError(f"Exception: {error.message}\nStack: {error.stack_trace.rstrip()}")
        found = await _runtime.functions_metadata_request(
            self._wrap(functions_metadata_request=messages.FunctionsMetadataRequest())
        )
        if not found.function_metadata_results:
            raise IndexingError(
                "No job functions found. function_app.py must be in the app's folder and hold one "
                "function app object with at least one function."
            )
        self._register(parse_function(each, settings) for each in found.function_metadata_results)

    def set_client_configuration(self, configuration: str) -> None:
        """Keep the JSON text that every durable client binding is given."""
        self._client_configuration = configuration

    def find(self, kind: str, dispatch_name: str) -> Function | None:
        """Find the durable function that orchestrations know by this name."""
        return self._by_dispatch_name.get((kind, dispatch_name.lower()))

    async def invoke(
        self,
        function: Function,
        value: messages.TypedData,
        *,
        trace_parent: str = "",
        retry: messages.RetryContext | None = None,
    ) -> messages.TypedData:
        """Run a function on its trigger's value and return its result (empty when it has none).

        Raises:
            FunctionFailedError: the function raised, or the value does not fit its parameter.
        """
        inputs = [messages.ParameterBinding(function.trigger["name"], value)]
        for name in function.durable_clients:
            configuration = messages.TypedData(string=self._client_configuration)
            inputs.append(messages.ParameterBinding(name, configuration))
        request = messages.InvocationRequest(
            invocation_id=_make_invocation_id(),
            function_id=function.id,
            input_data=inputs,
            trace_context=messages.RpcTraceContext(trace_parent=trace_parent),
            retry_context=retry or messages.RetryContext(),
        )
        response = await _runtime.invocation_request(self._wrap(invocation_request=request))
        if response.result.status != messages.StatusResult.Success:
            raise FunctionFailedError(response.result.exception or messages.RpcException())
        return response.return_value or messages.TypedData()

    def close(self) -> None:
        """Stop taking calls for the threads of sync functions, and wait for those running."""
        _runtime.stop_threadpool_executor()

    def _register(self, functions: Iterable[Function]) -> None:
        self.functions = list(functions)
        self._by_dispatch_name = {(f.kind, f.dispatch_name): f for f in self.functions}

    def _wrap(
        self,
        *,
        worker_init_request: messages.WorkerInitRequest | None = None,
        functions_metadata_request: messages.FunctionsMetadataRequest | None = None,
        invocation_request: messages.InvocationRequest | None = None,
    ) -> messages.WorkerRequest:
        return messages.WorkerRequest(
            messages.StreamingMessage(
                request_id="",
                worker_init_request=worker_init_request,
                functions_metadata_request=functions_metadata_request,
                invocation_request=invocation_request,
            ),
            self._properties,
        )


def _make_invocation_id() -> str:
    # Unique, not secret: reading the system's entropy for each call would cost more than the call.
    return str(uuid.UUID(int=random.getrandbits(128), version=4))
