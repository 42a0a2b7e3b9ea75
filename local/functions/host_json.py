"""The settings of host.json that this host obeys."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from local.functions.settings import BadSettingsError, read_json_object


def _default_concurrency() -> int:
    # The extension's default for each kind of durable function: ten for each processor.
    return 10 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class HostOptions:
    """Limits are counts of functions running at once in this host."""

    route_prefix: str
    hub_name: str
    max_activities: int
    max_orchestrators: int
    max_entities: int


def load_host_options(app_directory: Path) -> HostOptions:
    """Read host.json.

    Raises:
        BadSettingsError: it is missing, is not JSON, or a value has the wrong type.
    """
    path = app_directory / "host.json"
    if not path.exists():
        raise BadSettingsError(
            f"host.json: not found in {app_directory}. Is this the folder of a function app?"
        )
    content = read_json_object(path)
    if str(content.get("version")) != "2.0":
        raise BadSettingsError('host.json: "version" must be "2.0".')
    extensions = _section(content, "extensions")
    durable = _section(extensions, "durableTask")
    return HostOptions(
        route_prefix=_text(_section(extensions, "http"), "routePrefix", "api").strip("/"),
        hub_name=_text(durable, "hubName", "TestHubName"),
        max_activities=_limit(durable, "maxConcurrentActivityFunctions"),
        max_orchestrators=_limit(durable, "maxConcurrentOrchestratorFunctions"),
        max_entities=_limit(durable, "maxConcurrentEntityFunctions"),
    )


def _section(content: dict[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name, {})
    if not isinstance(value, dict):
        raise BadSettingsError(f"host.json: {name} is not an object.")
    return cast("dict[str, Any]", value)


def _text(content: dict[str, Any], name: str, default: str) -> str:
    value = content.get(name, default)
    if not isinstance(value, str):
        raise BadSettingsError(f"host.json: {name} is not a string.")
    return value


def _limit(content: dict[str, Any], name: str) -> int:
    value = content.get(name, _default_concurrency())
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadSettingsError(f"host.json: {name} is not a whole number above 0.")
    return value
