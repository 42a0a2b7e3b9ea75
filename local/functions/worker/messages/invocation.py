"""One call of one function."""

from dataclasses import dataclass, field
from typing import ClassVar

from local.functions.worker.messages.values import ParameterBinding, TypedData


@dataclass(slots=True)
class RpcException:
    """An error of the app, as text."""

    message: str = ""
    stack_trace: str = ""
    source: str = ""


@dataclass(slots=True)
class StatusResult:
    """Whether the worker did what it was asked, and the error if not."""

    Failure: ClassVar[int] = 0
    Success: ClassVar[int] = 1
    Cancelled: ClassVar[int] = 2

    status: int = 0
    exception: RpcException | None = None


@dataclass(slots=True)
class RpcTraceContext:
    """The W3C trace context of an invocation."""

    trace_parent: str = ""
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class RetryContext:
    """Which retry this invocation is: 0 of 0 when there was no failure before it."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: RpcException | None = None


@dataclass(slots=True)
class InvocationRequest:
    """Run one function on these inputs."""

    invocation_id: str = ""
    function_id: str = ""
    input_data: list[ParameterBinding] = field(default_factory=list[ParameterBinding])
    trigger_metadata: dict[str, TypedData] = field(default_factory=dict[str, TypedData])
    trace_context: RpcTraceContext = field(default_factory=RpcTraceContext)
    retry_context: RetryContext = field(default_factory=RetryContext)


@dataclass(slots=True)
class InvocationResponse:
    """What became of an invocation."""

    invocation_id: str = ""
    return_value: TypedData | None = None
    result: StatusResult = field(default_factory=StatusResult)
    output_data: list[ParameterBinding] = field(default_factory=list[ParameterBinding])
