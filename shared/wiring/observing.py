"""The one way in which triggers and activities are timed and traced."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import azure.functions as func

from shared.domain.step_labels import label_job, label_result
from shared.wiring.worker import get_telemetry

_CONTEXT = "context"


def observed[R](function: Callable[..., Awaitable[R]]) -> Callable[..., Awaitable[R]]:
    """The function, told to telemetry as a step of its name, under the host's trace.

    Goes below the decorators of Azure Functions: the host's context, which names the trace, becomes
    one more parameter that only this wrapper sees.
    """

    @functools.wraps(function)
    async def run(*args: Any, context: func.Context | None = None, **bindings: Any) -> R:
        telemetry = get_telemetry()
        if not telemetry.is_on:
            return await function(*args, **bindings)
        labels = label_job(_as_mapping(bindings.get("job")))
        traceparent = context.trace_context.trace_parent if context is not None else ""
        with telemetry.observe_step(function.__name__, labels, traceparent or ""):
            result = await function(*args, **bindings)
            telemetry.label_step(label_result(_as_mapping(result)))
            return result

    signature = inspect.signature(function)
    parameter = inspect.Parameter(
        _CONTEXT, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=func.Context
    )
    shown = signature.replace(parameters=[*signature.parameters.values(), parameter])
    run.__signature__ = shown  # pyright: ignore[reportAttributeAccessIssue] - as inspect looks for it
    run.__annotations__ = {**function.__annotations__, _CONTEXT: func.Context}
    return run


def _as_mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
