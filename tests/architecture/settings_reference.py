"""Writes what people read of the settings: python -m tests.architecture.settings_reference

docs/settings.md and local.settings.json.template are made from the app's Settings, from the
variables that its bindings and the Functions host read, and from nothing else.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from shared.settings import Settings
from tests.architecture.project_files import ROOT

# Read by the bindings of function_app.py and by the host, so not by the app's own code.
BINDINGS = {
    "COSMOS_DB": "Connection of the trigger: a connection string, or on Azure"
    " `COSMOS_DB__accountEndpoint`, `COSMOS_DB__credential` and `COSMOS_DB__clientId`",
    "COSMOS_DB_LEASE_CONTAINER": "Container of the trigger's leases; it must exist",
    "MEMORY_SWEEP_SCHEDULE": "When the sweeper runs: six fields, the first of them seconds;"
    " every 30 s on Azure",
}
HOST = {
    "AzureWebJobsStorage": "Storage of the host and, unless another is chosen, of orchestrations",
    "FUNCTIONS_WORKER_RUNTIME": "`python`",
}
EMULATOR_KEY = (
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
)
EMULATOR = "http://localhost:8081"
TEMPLATE_VALUES = {
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "COSMOS_DB": f"AccountEndpoint={EMULATOR};AccountKey={EMULATOR_KEY};",
    "COSMOS_DB_ENDPOINT": EMULATOR,
    "COSMOS_DB_KEY": EMULATOR_KEY,
    "COSMOS_DB_LEASE_CONTAINER": "leases",
    "MEMORY_SWEEP_SCHEDULE": "*/30 * * * * *",
    "AI_FOUNDRY_ENDPOINT": "http://localhost:8082/v1",
}


def list_settings() -> Iterator[tuple[str, FieldInfo]]:
    """Each variable that the app's own code reads, with its field."""
    for field in Settings.model_fields.values():
        yield str(field.alias), field


def render_reference() -> str:
    """The text of docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Every variable that the app reads, made from [the code](../shared/settings/) by",
        "`python -m tests.architecture.settings_reference`. They are read once, at the start; a",
        "bad value stops the start with one message that names every bad variable, and an empty",
        "value counts as unset. `0` switches a step off where the table says so. Names are those",
        "of the public toolkit where it has one.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    lines += [_row(name, field) for name, field in list_settings()]
    lines += [
        "",
        "## Read by bindings and by the host",
        "",
        "| variable | meaning |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in (BINDINGS | HOST).items()),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}` | {_describe_default(field)} | {field.description} |"


def _describe_default(field: FieldInfo) -> str:
    default = field.default
    if default is PydanticUndefined:
        return "required"
    return "unset" if default in (None, (), "") else f"`{_text_of(default)}`"


def _text_of(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return "" if value is None else str(value)


def render_template() -> str:
    """The text of local.settings.json.template: the emulators of compose.yaml, all at default."""
    values = {
        name: "" if field.default is PydanticUndefined else _text_of(field.default)
        for name, field in list_settings()
    }
    names = [*HOST, *BINDINGS]
    values = {name: TEMPLATE_VALUES[name] for name in names} | values | TEMPLATE_VALUES
    document: dict[str, Any] = {"IsEncrypted": False, "Values": values}
    return json.dumps(document, indent=2) + "\n"


WRITTEN = {
    "docs/settings.md": render_reference,
    "local.settings.json.template": render_template,
}

if __name__ == "__main__":
    for file_name, render in WRITTEN.items():
        (ROOT / file_name).write_text(render(), encoding="utf-8")
