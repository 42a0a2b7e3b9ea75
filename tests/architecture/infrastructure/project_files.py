"""azure.yaml, host.json and local.settings.json: their shape, and that templates and app fit."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from tests.architecture.infrastructure.options import of_type, plan_option
from tests.architecture.infrastructure.project_schemas import (
    AZURE_YAML,
    HOST_JSON,
    LOCAL_SETTINGS,
)

LOCAL_TEMPLATE = "local.settings.json.template"


def find_project_file_problems(root: Path) -> Iterator[str]:
    """What azd or the Functions host would stumble over."""
    azure = yaml.safe_load((root / "azure.yaml").read_text("utf-8"))
    host = json.loads((root / "host.json").read_text("utf-8"))
    yield from _find_schema_problems("azure.yaml", azure, AZURE_YAML)
    yield from _find_schema_problems("host.json", host, HOST_JSON)
    local = json.loads((root / LOCAL_TEMPLATE).read_text("utf-8"))
    yield from _find_schema_problems(LOCAL_TEMPLATE, local, LOCAL_SETTINGS)
    yield from _find_hook_problems(root, azure)
    yield from _find_condition_problems(root, azure)
    for site in of_type(plan_option(root, "as it comes"), "Microsoft.Web/sites"):
        service = site.body["tags"].get("azd-service-name")
        if service not in azure.get("services", {}):
            yield f"azure.yaml: no service {service}, which the function app is tagged with"
        elif not (root / azure["services"][service].get("project", "") / "host.json").exists():
            yield f"azure.yaml: the project of {service} has no host.json"
    tracing = host.get("extensions", {}).get("durableTask", {}).get("tracing", {})
    if tracing.get("traceInputsAndOutputs"):
        yield "host.json: traceInputsAndOutputs would log inputs, which hold user ids"


def _find_schema_problems(name: str, document: Any, schema: dict[str, Any]) -> Iterator[str]:
    validator = jsonschema.Draft202012Validator(schema)
    for error in validator.iter_errors(document):
        yield f"{name}: {error.json_path}: {error.message}"


def _find_condition_problems(root: Path, azure: dict[str, Any]) -> Iterator[str]:
    """A service is deployed where its app is: both say so by the same variable and default."""
    given = json.loads((root / "infra" / "main.parameters.json").read_text("utf-8"))["parameters"]
    for name, service in azure.get("services", {}).items():
        if service.get("condition") != given["deployFunctionApp"]["value"]:
            yield f"azure.yaml: {name}: deployed on another condition than its app"


def _find_hook_problems(root: Path, azure: dict[str, Any]) -> Iterator[str]:
    for name, hook in azure.get("hooks", {}).items():
        for system, ending in (("posix", ".sh"), ("windows", ".ps1")):
            run = hook.get(system, {}).get("run", "")
            if not run.endswith(ending) or not (root / run).is_file():
                yield f"azure.yaml: {name}: there is no script {run!r}"
            elif ending == ".sh" and not re.match(r"#!/bin/sh\n", (root / run).read_text("utf-8")):
                yield f"{run}: not a POSIX shell script"
