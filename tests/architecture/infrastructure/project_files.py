"""azure.yaml and host.json: their shape, and that they fit the templates and the app."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from tests.architecture.infrastructure.options import of_type, plan_option

_TEXT = {"type": "string", "minLength": 1}
_HOOK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["shell", "run"],
    "properties": {
        "shell": {"enum": ["sh", "pwsh"]},
        "run": _TEXT,
        "continueOnError": {"const": False},
        "interactive": {"type": "boolean"},
    },
}
_EVENTS = "provision|infracreate|infradelete|down|up|package|publish|deploy|restore"
# What this project uses of azd's schema (v1.0), closed: any other key is an error.
AZURE_YAML = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "metadata", "requiredVersions", "infra", "services", "hooks"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
        "metadata": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "template": {"type": "string", "pattern": r"^[a-z0-9-]+@\d+\.\d+\.\d+$"}
            },
        },
        "requiredVersions": {"type": "object", "required": ["azd"], "properties": {"azd": _TEXT}},
        "infra": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "provider": {"const": "bicep"},
                "path": {"const": "infra"},
                "module": {"const": "main"},
            },
        },
        "services": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["project", "language", "host", "remoteBuild", "condition"],
                "properties": {
                    "project": _TEXT,
                    "language": {"const": "python"},
                    "host": {"const": "function"},
                    "remoteBuild": {"const": True},
                    "condition": {"type": "string", "pattern": r"^\$\{[A-Z_]+=[a-z]+\}$"},
                },
            },
        },
        "hooks": {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {
                f"^(pre|post)({_EVENTS})$": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["posix", "windows"],
                    "properties": {"posix": _HOOK, "windows": _HOOK},
                }
            },
        },
    },
}
_COUNT = {"type": "integer", "minimum": 1}
HOST_JSON = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "extensions", "extensionBundle"],
    "properties": {
        "version": {"const": "2.0"},
        "functionTimeout": _TEXT,
        "telemetryMode": {"const": "OpenTelemetry"},
        "logging": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "logLevel": {"type": "object", "additionalProperties": _TEXT},
                "applicationInsights": {"type": "object"},
            },
        },
        "extensions": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "http": {"type": "object"},
                "durableTask": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["hubName"],
                    "properties": {
                        # A task hub of Durable Task Scheduler has this form too.
                        "hubName": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9]{2,44}$"},
                        "maxConcurrentActivityFunctions": _COUNT,
                        "maxConcurrentOrchestratorFunctions": _COUNT,
                        "storageProvider": {"type": "object"},
                        "tracing": {"type": "object"},
                    },
                },
            },
        },
        "extensionBundle": {
            "type": "object",
            "additionalProperties": False,
            "required": ["id", "version"],
            "properties": {
                "id": {
                    "enum": [
                        f"Microsoft.Azure.Functions.ExtensionBundle{kind}"
                        for kind in ("", ".Preview")
                    ]
                },
                "version": {"type": "string", "pattern": r"^\[4\.\S*, 5\.0\.0\)$"},
            },
        },
    },
}


def find_project_file_problems(root: Path) -> Iterator[str]:
    """What azd or the Functions host would stumble over."""
    azure = yaml.safe_load((root / "azure.yaml").read_text("utf-8"))
    host = json.loads((root / "host.json").read_text("utf-8"))
    yield from _find_schema_problems("azure.yaml", azure, AZURE_YAML)
    yield from _find_schema_problems("host.json", host, HOST_JSON)
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
