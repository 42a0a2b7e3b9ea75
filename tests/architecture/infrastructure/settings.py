"""Every setting that the app reads is set by the templates, or can be."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic_core import PydanticUndefined

from shared.settings import Settings, SettingsError
from tests.architecture.bicep.deployment import plan
from tests.architecture.infrastructure.options import OPTIONS, app_settings, plan_option

# Local authentication is off: a key of these would open nothing, and must not be asked for.
NEVER_SET = {"COSMOS_DB_KEY"}
PLATFORM = re.compile(
    r"AZURE_CLIENT_ID|APPLICATIONINSIGHTS_(?:CONNECTION|AUTHENTICATION)_STRING"
    r"|AzureWebJobsStorage__(?:accountName|credential|clientId)"
    r"|COSMOS_DB__(?:accountEndpoint|credential|clientId)"
    r"|DURABLE_TASK_SCHEDULER_CONNECTION_STRING"
)
_HOST_PREFIX = "AzureFunctionsJobHost__"


def find_settings_problems(root: Path) -> Iterator[str]:
    """What the app reads and is not given, and what it is given and nobody reads."""
    read = {str(field.alias): field for field in Settings.model_fields.values()}
    bound = set(_find_binding_settings(root))
    for option in OPTIONS:
        given = app_settings(plan_option(root, option))
        if not given:
            continue
        for name, field in read.items():
            if field.default is PydanticUndefined and name not in given:
                yield f"{option}: the app needs {name}, and no template sets it"
        for name in sorted(bound - given.keys()):
            yield f"{option}: a binding reads {name}, and no template sets it"
        for name in sorted(given):
            if name not in read.keys() | bound and not PLATFORM.fullmatch(name):
                yield from _find_host_problem(root, option, name)
        yield from _try_settings(option, given)
    yield from _find_unsettable(root, set(read) - NEVER_SET)


def _find_binding_settings(root: Path) -> Iterator[str]:
    for path in sorted((root / "triggers").glob("*.py")):
        source = path.read_text("utf-8")
        yield from re.findall(r"%(\w+)%", source)
        for connection in re.findall(r'connection="(\w+)"', source):
            yield from (
                f"{connection}__{part}" for part in ("accountEndpoint", "credential", "clientId")
            )


def _find_host_problem(root: Path, option: str, name: str) -> Iterator[str]:
    known = {"storageProvider", "type", "connectionStringName"}
    if not name.startswith(_HOST_PREFIX):
        yield f"{option}: {name} is set, and nobody reads it"
        return
    section = json.loads((root / "host.json").read_text("utf-8"))
    for part in name.removeprefix(_HOST_PREFIX).split("__"):
        if part not in section and part not in known:
            yield f"{option}: {name}: host.json has no {part}"
            return
        section = section.get(part, {})


def _try_settings(option: str, given: dict[str, str]) -> Iterator[str]:
    try:
        Settings.from_environment(given)
    except SettingsError as error:
        yield f"{option}: the app does not start on these settings: {error}"


def _find_unsettable(root: Path, names: set[str]) -> Iterator[str]:
    wanted = {name: f"given-{name}" for name in names}
    planned = plan((root / "infra").resolve(), processorSettings=wanted)
    given = app_settings(planned)
    for name in sorted(names):
        if given.get(name) != wanted[name]:
            yield f"processorSettings cannot set {name}"
