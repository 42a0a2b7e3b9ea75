"""Microsoft's worker runtime in this process: index the app once, invoke its functions.

The runtime keeps what it indexed in module globals, so a process holds exactly one app.
"""

import asyncio
import logging
import os
import sys
import traceback
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Protocol, cast

import azure_functions_runtime  # pyright: ignore[reportMissingTypeStubs] - see _Runtime

from local.functions.host_json import HostOptions
from local.functions.settings import AppSettings
from local.functions.time_spans import format_time_span
from local.functions.worker import messages
from local.functions.worker.deadlines import Deadlines
from local.functions.worker.failures import FunctionFailedError, FunctionTimedOutError
from local.functions.worker.functions import Function, is_disabled, parse_function
from local.functions.worker.invocations import Invocation, RunAs
from local.functions.worker.missing_functions import describe_missing_functions
from local.functions.worker.pace import Pace
from local.functions.worker.requests import make_request
from local.functions.worker.results import ResultReport
from local.functions.worker.threads import start_threads

logger = logging.getLogger("Host.Worker")

WORKER_DEFAULTS = {
    # Threads for sync functions and slow orchestrators. The interpreter's default is processors +
    # 4: on a small machine a handful of blocking activities would hold up everything behind them.
    "PYTHON_THREADPOOL_THREAD_COUNT": "32",
    # Off, as when it is not set. It is read two dozen times in each orchestration, and reading what
    # is not set takes four times as long.
    "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "0",
}
"""What the worker's libraries read from the environment, where the app does not say."""


class _Runtime(Protocol):
    """The untyped library's functions, as far as this module calls them."""

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
        self._only_functions: frozenset[str] | None = None
        self._deadlines = Deadlines(None)
        self._paces: dict[str, Pace] = {}
        self.functions: list[Function] = []
        self._by_dispatch_name: dict[tuple[str, str], Function] = {}
        self._properties = {"protos": messages, "host": "127.0.0.1"}
        self._client_configuration = ""

    async def index(self, app_directory: Path, settings: AppSettings) -> None:
        """Import the app and learn its functions; the working directory becomes the app's.

        Functions that a setting disables, or that host.json does not list, are left out.

        Raises:
            IndexingError: the app cannot be imported, or its functions are not valid.
            FunctionInError: a function's bindings cannot be used.
        """
        sys.path.insert(0, str(app_directory))
        os.chdir(app_directory)
        start_threads()
        wanted = messages.WorkerInitRequest(function_app_directory=str(app_directory))
        try:
            started = await _runtime.worker_init_request(self._wrap(worker_init_request=wanted))
        except SystemExit as error:
            raise IndexingError(
                f"Exception: SystemExit: {error}\nStack: {traceback.format_exc().rstrip()}"
            ) from error
        if started.result.status != messages.StatusResult.Success:
            error = started.result.exception or messages.RpcException("no reason given")
            raise IndexingError(f"Exception: {error.message}\nStack: {error.stack_trace.rstrip()}")
        found = await _runtime.functions_metadata_request(
            self._wrap(functions_metadata_request=messages.FunctionsMetadataRequest())
        )
        if not found.function_metadata_results:
            raise IndexingError(describe_missing_functions(app_directory))
        self._register(
            parse_function(each, settings)
            for each in found.function_metadata_results
            if self._is_wanted(each.name, settings)
        )

    def _is_wanted(self, name: str, settings: AppSettings) -> bool:
        wanted = self._only_functions
        if wanted is not None and name.lower() not in wanted:
            return False
        if is_disabled(name, settings):
            logger.info("Function '%s' is disabled by a setting.", name)
            return False
        return True

    def obey(self, options: HostOptions) -> None:
        """Take the functions to run, and how long one call of them may last, from host.json."""
        self._only_functions = options.only_functions
        self._deadlines = Deadlines(options.function_timeout)

    def set_client_configuration(self, configuration: str) -> None:
        """Keep the JSON text that every durable client binding is given."""
        self._client_configuration = configuration

    def of_kind(self, kind: str) -> list[Function]:
        """List the functions with this trigger."""
        return [function for function in self.functions if function.kind == kind]

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
        instance_id: str = "",
    ) -> messages.TypedData:
        """Run a function on its trigger's value and return its result (empty when it has none).

        The instance is that of the orchestration or entity, for the log.

        Raises:
            FunctionFailedError: the function raised, or the value does not fit its parameter.
            FunctionTimedOutError: it took too long. An async function is cancelled; the thread of
                a sync one cannot be, and goes on.
        """
        request = make_request(function, value, self._client_configuration, trace_parent, retry)
        pace = self._paces.get(function.id)
        invocation = Invocation(request.invocation_id, function.name, instance_id, pace)
        with RunAs(invocation), ResultReport(invocation) as report:
            response = await self._send(request, function.name)
            if response.result.status != messages.StatusResult.Success:
                raise FunctionFailedError(response.result.exception or messages.RpcException())
            report.has_succeeded = True
        return response.return_value or messages.TypedData()

    async def _send(
        self, request: messages.InvocationRequest, function_name: str
    ) -> messages.InvocationResponse:
        try:
            with self._deadlines.watch():
                return await self._shielding(self._wrap(invocation_request=request))
        except TimeoutError as error:
            limit = format_time_span(timedelta(seconds=self._deadlines.seconds or 0))
            logger.error(  # noqa: TRY400 - the stack is the host's own
                "Timeout value of %s exceeded by function 'Functions.%s' (Id: '%s'). Initiating "
                "cancellation.",
                limit,
                function_name,
                request.invocation_id,
            )
            raise FunctionTimedOutError(function_name, limit) from error

    async def _shielding(self, request: messages.WorkerRequest) -> messages.InvocationResponse:
        """Run a call, and let nothing that the app raises end more than the call.

        The runtime catches what is an Exception. The rest (sys.exit, a cancelled task of the app)
        ends the worker on Azure, or leaves the call without an end.
        """
        try:
            return await _runtime.invocation_request(request)
        except Exception:  # the host's own fault: not to be told as the app's
            raise
        except BaseException as error:
            task = asyncio.current_task()
            if isinstance(error, GeneratorExit) or (task is not None and task.cancelling()):
                raise
            stack = "".join(traceback.format_exception(error))
            raise FunctionFailedError(
                messages.RpcException(f"{type(error).__name__}: {error}", stack_trace=stack)
            ) from error

    def close(self) -> None:
        """Stop taking calls for the threads of sync functions, and wait for those running."""
        _runtime.stop_threadpool_executor()

    def _register(self, functions: Iterable[Function]) -> None:
        self.functions = list(functions)
        self._by_dispatch_name = {(f.kind, f.dispatch_name): f for f in self.functions}
        self._paces = {f.id: Pace() for f in self.of_kind("orchestrationTrigger")}

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
