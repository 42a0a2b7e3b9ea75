"""The messages of the Functions worker protocol, as plain classes.

The worker runtime never needs protobuf itself: it builds messages by keyword, reads their
attributes, asks a oneof which member is set and compares a few enum values. This package is handed
to it as its `protos` namespace. Field names are those of the protocol (FunctionRpc.proto of
Azure/azure-functions-host), which is why some methods and attributes are not snake_case.
"""

from local.functions.worker.messages.envelope import (
    StreamingMessage,
    WorkerRequest,
)
from local.functions.worker.messages.indexing import (
    BindingInfo,
    FunctionMetadataResponse,
    FunctionsMetadataRequest,
    RpcFunctionMetadata,
    RpcRetryOptions,
    WorkerInitRequest,
    WorkerInitResponse,
    WorkerMetadata,
)
from local.functions.worker.messages.invocation import (
    InvocationRequest,
    InvocationResponse,
    RetryContext,
    RpcException,
    RpcTraceContext,
    StatusResult,
)
from local.functions.worker.messages.values import (
    NullableBool,
    NullableDouble,
    NullableString,
    NullableTimestamp,
    ParameterBinding,
    RpcHttp,
    RpcHttpCookie,
    SameSite,
    Timestamp,
    TypedData,
)

__all__ = (
    "BindingInfo",
    "FunctionMetadataResponse",
    "FunctionsMetadataRequest",
    "InvocationRequest",
    "InvocationResponse",
    "NullableBool",
    "NullableDouble",
    "NullableString",
    "NullableTimestamp",
    "ParameterBinding",
    "RetryContext",
    "RpcException",
    "RpcFunctionMetadata",
    "RpcHttp",
    "RpcHttpCookie",
    "RpcRetryOptions",
    "RpcTraceContext",
    "SameSite",
    "StatusResult",
    "StreamingMessage",
    "Timestamp",
    "TypedData",
    "WorkerInitRequest",
    "WorkerInitResponse",
    "WorkerMetadata",
    "WorkerRequest",
)
