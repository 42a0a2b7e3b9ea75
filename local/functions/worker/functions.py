"""What the host knows about one indexed function: its trigger, its other bindings, its retries."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from local.functions.settings import AppSettings, UnsetSettingsError
from local.functions.worker.messages import RpcFunctionMetadata, RpcRetryOptions

SUPPORTED_TRIGGERS = frozenset(
    {
        "httpTrigger",
        "timerTrigger",
        "cosmosDBTrigger",
        "orchestrationTrigger",
        "activityTrigger",
        "entityTrigger",
    }
)
"""The triggers that this host starts functions for."""

_SUPPORTED_BINDINGS = frozenset({"http", "durableClient"})

# A binding as the worker reports it. The values are JSON, keyed in camelCase.
type Binding = Mapping[str, Any]


class FunctionInError(Exception):
    """A function was indexed but cannot be run; the message says why, in the host's words."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The '{name}' function is in error: {reason}")


@dataclass(frozen=True)
class Function:
    """One function of the app; its bindings have their %NAME% parts replaced."""

    id: str
    name: str
    trigger: Binding
    durable_clients: tuple[str, ...]
    retry: RpcRetryOptions | None
    bindings: tuple[Binding, ...] = ()

    @property
    def kind(self) -> str:
        """The trigger's type, such as httpTrigger."""
        return self.trigger["type"]

    @property
    def dispatch_name(self) -> str:
        """The name that orchestrations call it by, lower case: names compare without case."""
        for key in ("orchestration", "activity", "entityName"):
            if self.trigger.get(key):
                return str(self.trigger[key]).lower()
        return self.name.lower()


def is_disabled(name: str, settings: AppSettings) -> bool:
    """Say whether the setting AzureWebJobs.NAME.Disabled (or with underscores) is on."""
    keys = (f"AzureWebJobs.{name}.Disabled", f"AzureWebJobs_{name}_Disabled")
    return any((settings.get(key) or "").lower() in ("1", "true") for key in keys)


def parse_function(metadata: RpcFunctionMetadata, settings: AppSettings) -> Function:
    """Read what the worker reported about one function.

    Raises:
        FunctionInError: it has no trigger or several, a binding is of a kind that this host does
            not have, or it names a setting that is not set.
    """
    raw = [cast("dict[str, Any]", json.loads(text)) for text in metadata.raw_bindings]
    try:
        bindings = tuple(settings.expand_binding(binding) for binding in raw)
    except UnsetSettingsError as unset:
        references = ", ".join(f"'%{name}%'" for name in unset.names)
        raise FunctionInError(
            metadata.name, f"{references} does not resolve to a value: set the app setting {unset}."
        ) from unset
    triggers = [binding for binding in bindings if binding["type"].lower().endswith("trigger")]
    if len(triggers) != 1:
        raise FunctionInError(
            metadata.name, f"it has {len(triggers)} triggers; a function has exactly one."
        )
    (trigger,) = triggers
    _check_kinds(metadata.name, trigger, bindings)
    return Function(
        id=metadata.function_id,
        name=metadata.name,
        trigger=trigger,
        durable_clients=tuple(b["name"] for b in bindings if b["type"] == "durableClient"),
        retry=metadata.retry_options,
        bindings=bindings,
    )


def _check_kinds(name: str, trigger: Binding, bindings: Iterable[Binding]) -> None:
    if trigger["type"] not in SUPPORTED_TRIGGERS:
        known = ", ".join(sorted(SUPPORTED_TRIGGERS))
        raise FunctionInError(
            name,
            f"this host has no {trigger['type']}. It has {known}. Run the app with Core Tools, or "
            f"leave the function out here with the setting AzureWebJobs.{name}.Disabled=true.",
        )
    for binding in bindings:
        if binding is not trigger and binding["type"] not in _SUPPORTED_BINDINGS:
            raise FunctionInError(
                name,
                f"this host has no {binding['type']} binding ('{binding.get('name')}'). It has "
                "HTTP responses and durable clients; use the service's own library instead, or "
                f"leave the function out here with the setting AzureWebJobs.{name}.Disabled=true.",
            )
