"""The envelope of what the host sends."""

from dataclasses import dataclass, field
from typing import Any

from local.functions.worker.messages.indexing import FunctionsMetadataRequest, WorkerInitRequest
from local.functions.worker.messages.invocation import InvocationRequest


@dataclass(slots=True)
class StreamingMessage:
    """The envelope of everything the host sends; one of the request fields is set."""

    request_id: str = ""
    worker_init_request: WorkerInitRequest | None = None
    functions_metadata_request: FunctionsMetadataRequest | None = None
    invocation_request: InvocationRequest | None = None


@dataclass(slots=True)
class WorkerRequest:
    """A message as the worker's dispatcher hands it to the runtime."""

    request: StreamingMessage
    properties: dict[str, Any] = field(default_factory=dict[str, Any])
