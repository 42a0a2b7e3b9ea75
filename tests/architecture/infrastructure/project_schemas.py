"""The shapes of azure.yaml, host.json and local.settings.json, as far as this project uses them."""

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
# Core Tools read Values into environment variables: text only, whatever it stands for.
LOCAL_SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["IsEncrypted", "Values"],
    "properties": {
        "IsEncrypted": {"const": False},
        "Values": {
            "type": "object",
            "required": ["AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME"],
            "properties": {"FUNCTIONS_WORKER_RUNTIME": {"const": "python"}},
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"},
            "additionalProperties": {"type": "string"},
        },
        "Host": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "LocalHttpPort": {"type": "integer"},
                "CORS": {"type": "string"},
                "CORSCredentials": {"type": "boolean"},
            },
        },
        "ConnectionStrings": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
