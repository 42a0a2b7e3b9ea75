"""The settings of host.json that this host obeys.

As on Azure a setting AzureFunctionsJobHost__a__b of the environment stands above a.b of the file.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from local.functions.settings import AppSettings, BadSettingsError, read_json_object
from local.functions.time_spans import BadTimeSpanError, parse_time_span

_WHOLE_NUMBER = re.compile(r"-?\d{1,9}")
_OVERRIDE_PREFIX = "AzureFunctionsJobHost__"

_DEFAULT_TIMEOUT_SECONDS = 30 * 60.0
"""The real host's default outside the Consumption plan."""


def _default_concurrency() -> int:
    # The extension's default for each kind of durable function: ten for each processor.
    return 10 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class HostOptions:
    """Limits are counts of functions running at once in this host.

    `function_timeout` is in seconds, None for no limit. `only_functions` are the functions that
    run, None for all of them. `log_levels` are names of levels by category, as they are written.
    `extension_bundle` is its id and its version range, if there is one.
    """

    route_prefix: str
    hub_name: str
    max_activities: int
    max_orchestrators: int
    max_entities: int
    function_timeout: float | None = _DEFAULT_TIMEOUT_SECONDS
    only_functions: frozenset[str] | None = None
    log_levels: dict[str, str] = field(default_factory=dict[str, str])
    response_headers: dict[str, str] = field(default_factory=dict[str, str])
    extension_bundle: dict[str, str] | None = None


def load_host_options(app_directory: Path, settings: AppSettings | None = None) -> HostOptions:
    """Read host.json.

    Raises:
        BadSettingsError: it is missing, is not JSON, or a value has the wrong type.
    """
    content = _read(app_directory)
    settings = settings or AppSettings({})
    _override(content, settings)
    extensions = _section(content, "extensions")
    durable = _section(extensions, "durableTask")
    http = _section(extensions, "http")
    return HostOptions(
        route_prefix=_text(http, "routePrefix", "api").strip("/"),
        hub_name=_expand(settings, "hubName", _text(durable, "hubName", "TestHubName")),
        max_activities=_limit(durable, "maxConcurrentActivityFunctions"),
        max_orchestrators=_limit(durable, "maxConcurrentOrchestratorFunctions"),
        max_entities=_limit(durable, "maxConcurrentEntityFunctions"),
        function_timeout=_timeout(content),
        only_functions=_names(content, "functions"),
        log_levels=_texts(_section(content, "logging"), "logLevel"),
        response_headers=_texts(http, "customHeaders"),
        extension_bundle=_texts(content, "extensionBundle") or None,
    )


def _read(app_directory: Path) -> dict[str, Any]:
    path = app_directory / "host.json"
    if not path.exists():
        raise BadSettingsError(
            f"host.json: not found in {app_directory}. Is this the folder of a function app?"
        )
    content = read_json_object(path)
    version = content.get("version")
    if str(version) != "2.0":
        found = f"'{version}'" if version else "nothing"
        raise BadSettingsError(
            f'host.json: "version" must be "2.0" and is {found}; it is the version of the file\'s '
            "format, not of the runtime."
        )
    return content


def _override(content: dict[str, Any], settings: AppSettings) -> None:
    for name, text in settings.with_prefix(_OVERRIDE_PREFIX).items():
        *parents, last = name.split("__")
        section = content
        for parent in parents:
            section = _section(section, parent, create=True)
        section[last] = int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _section(content: dict[str, Any], name: str, *, create: bool = False) -> dict[str, Any]:
    value = content.setdefault(name, {}) if create else content.get(name, {})
    if not isinstance(value, dict):
        raise BadSettingsError(f"host.json: {name} is not an object.")
    return cast("dict[str, Any]", value)


def _text(content: dict[str, Any], name: str, default: str) -> str:
    value = content.get(name, default)
    if not isinstance(value, str):
        raise BadSettingsError(f"host.json: {name} is not a string.")
    return value


def _texts(content: dict[str, Any], name: str) -> dict[str, str]:
    section = _section(content, name)
    return {key: _text(section, key, "") for key in section}


def _names(content: dict[str, Any], name: str) -> frozenset[str] | None:
    value = content.get(name)
    if value is None:
        return None
    if isinstance(value, dict):  # from settings, which write a list as functions__0, functions__1
        value = list(cast("dict[str, Any]", value).values())
    if not isinstance(value, list):
        raise BadSettingsError(f"host.json: {name} is not a list of function names.")
    return frozenset(str(each).lower() for each in cast("list[Any]", value))


def _limit(content: dict[str, Any], name: str) -> int:
    value = content.get(name, _default_concurrency())
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadSettingsError(f"host.json: {name} is not a whole number above 0.")
    return value


def _timeout(content: dict[str, Any]) -> float | None:
    value = content.get("functionTimeout")
    if value is None:
        return _DEFAULT_TIMEOUT_SECONDS
    if str(value) == "-1":
        return None
    try:
        seconds = parse_time_span(str(value)).total_seconds()
    except BadTimeSpanError as error:
        raise BadSettingsError(f"host.json: functionTimeout {error}") from error
    if seconds < 1:
        raise BadSettingsError("host.json: functionTimeout must be at least 00:00:01.")
    return seconds


def _expand(settings: AppSettings, name: str, text: str) -> str:
    try:
        return settings.expand(text)
    except KeyError as error:
        raise BadSettingsError(
            f"host.json: {name} names the app setting {error}, which is not set."
        ) from error
