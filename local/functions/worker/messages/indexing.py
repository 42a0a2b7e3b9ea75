"""Starting the worker, and what it finds in the app."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Literal

from local.functions.worker.messages.invocation import StatusResult


@dataclass(slots=True)
class WorkerInitRequest:
    """Import and index the app in this folder."""

    host_version: str = "4.0"
    function_app_directory: str = ""
    capabilities: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class WorkerMetadata:
    """What the worker says about itself."""

    runtime_name: str = ""
    runtime_version: str = ""
    worker_version: str = ""
    worker_bitness: str = ""
    custom_properties: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class WorkerInitResponse:
    """Whether the app could be indexed."""

    capabilities: dict[str, str] = field(default_factory=dict[str, str])
    worker_metadata: WorkerMetadata | None = None
    result: StatusResult = field(default_factory=StatusResult)


@dataclass(slots=True)
class FunctionsMetadataRequest:
    """Tell what was indexed."""

    function_app_directory: str = ""


@dataclass(slots=True)
class BindingInfo:
    """A binding's kind and direction; its full settings are in the function's raw bindings."""

    undefined: ClassVar[int] = 0
    out: ClassVar[int] = 1
    inout: ClassVar[int] = 2

    type: str = ""
    data_type: int | None = None
    direction: int | None = None


@dataclass(slots=True)
class RpcRetryOptions:
    """A function's retry policy. max_retry_count -1 means for ever; intervals are timedeltas."""

    max_retry_count: int = 0
    retry_strategy: Literal["fixed_delay", "exponential_backoff"] = "fixed_delay"
    delay_interval: timedelta | None = None
    minimum_interval: timedelta | None = None
    maximum_interval: timedelta | None = None


@dataclass(slots=True)
class RpcFunctionMetadata:
    """What the worker found out about one function; raw_bindings are JSON objects as text."""

    name: str = ""
    function_id: str = ""
    directory: str = ""
    script_file: str = ""
    entry_point: str = ""
    is_proxy: bool = False
    language: str = ""
    managed_dependency_enabled: bool = False
    bindings: dict[str, BindingInfo] = field(default_factory=dict[str, BindingInfo])
    raw_bindings: list[str] = field(default_factory=list[str])
    retry_options: RpcRetryOptions | None = None
    properties: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class FunctionMetadataResponse:
    """All functions of the app; no list at all when there are none."""

    use_default_metadata_indexing: bool = False
    function_metadata_results: list[RpcFunctionMetadata] | None = None
    result: StatusResult = field(default_factory=StatusResult)
