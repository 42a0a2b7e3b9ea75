"""What must hold of every deployment: no keys, least privilege, roles before the app, privacy."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.architecture.bicep.deployment import REQUIRED, Deployment, Planned
from tests.architecture.infrastructure.options import OPTIONS, app_settings, of_type, plan_option
from tests.architecture.infrastructure.templates import BUILT_IN_ROLES

# Values that each resource of a type must have, by the path of the property.
REQUIRED_VALUES: dict[str, dict[str, object]] = {
    "Microsoft.DocumentDB/databaseAccounts": {
        "disableLocalAuth": True,
        "disableKeyBasedMetadataWriteAccess": True,
        "minimalTlsVersion": "Tls12",
        "backupPolicy.type": "Continuous",
        "consistencyPolicy.defaultConsistencyLevel": "Session",
    },
    "Microsoft.CognitiveServices/accounts": {"disableLocalAuth": True},
    "Microsoft.Storage/storageAccounts": {
        "allowSharedKeyAccess": False,
        "allowBlobPublicAccess": False,
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": True,
    },
    "Microsoft.Insights/components": {"DisableLocalAuth": True},
    "Microsoft.OperationalInsights/workspaces": {"features.disableLocalAuth": True},
    "Microsoft.KeyVault/vaults": {"enableRbacAuthorization": True},
    "Microsoft.Web/sites": {
        "httpsOnly": True,
        "siteConfig.minTlsVersion": "1.2",
        "siteConfig.ftpsState": "Disabled",
        "functionAppConfig.runtime.name": "python",
        "functionAppConfig.runtime.version": "3.13",
        "functionAppConfig.deployment.storage.authentication.type": "UserAssignedIdentity",
    },
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": {"allow": False},
}
_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
_DATA_ROLE = "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"
# Logs of the data plane name partition keys and ids, which hold user ids.
LOGS_WITHOUT_USERS = {"ControlPlaneRequests", "AuditEvent"}


def find_posture_problems(root: Path) -> Iterator[str]:
    """Every rule broken by every option."""
    for option in OPTIONS:
        planned = plan_option(root, option)
        for rule in RULES:
            for problem in rule(planned):
                yield f"{option}: {problem}"
    for option in ("as it comes", "Durable Task Scheduler", "model with a key, private"):
        yield from (f"{option}: {problem}" for problem in _find_late_roles(root, option))


def _check_values(planned: tuple[Planned, ...]) -> Iterator[str]:
    for item in planned:
        for path, expected in REQUIRED_VALUES.get(item.type.partition("@")[0], {}).items():
            value: object = item.properties
            for part in path.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            if value != expected:
                yield f"{item.name}: {path} is {value} and must be {expected}"


def _check_roles(planned: tuple[Planned, ...]) -> Iterator[str]:
    for item in of_type(planned, _ASSIGNMENT):
        role = str(item.properties.get("roleDefinitionId")).rpartition("/")[2]
        if role not in BUILT_IN_ROLES.values():
            yield f"{item.name}: {role} is no role that we know"
        if not item.properties.get("principalType"):
            yield f"{item.name}: principalType is not set, so a new identity may not be found yet"
        if "scope" not in item.body:
            yield f"{item.name}: assigned on the whole resource group"
    for item in of_type(planned, _DATA_ROLE):
        if "/dbs/" not in item.properties["scope"]:
            yield f"{item.name}: a data role on the whole account"
    if len({item.name for item in of_type(planned, _ASSIGNMENT)}) < len(
        of_type(planned, _ASSIGNMENT)
    ):
        yield "two role assignments have one name"


def _check_secrets(planned: tuple[Planned, ...]) -> Iterator[str]:
    for name, value in app_settings(planned).items():
        if any(word in value for word in ("AccountKey", "SharedAccess", "a-secret-key")):
            yield f"setting {name} holds a secret"
        if name.endswith("_KEY") and not value.startswith("@Microsoft.KeyVault("):
            yield f"setting {name} is not a Key Vault reference"


def _check_identity(planned: tuple[Planned, ...]) -> Iterator[str]:
    settings = app_settings(planned)
    for prefix in ("AzureWebJobsStorage", "COSMOS_DB") if settings else ():
        if settings.get(f"{prefix}__credential") != "managedidentity":
            yield f"{prefix} is not connected by identity"
    for site in of_type(planned, "Microsoft.Web/sites"):
        if site.body["identity"]["type"] != "UserAssigned":
            yield f"{site.name}: identity is {site.body['identity']['type']}"


def _check_logs(planned: tuple[Planned, ...]) -> Iterator[str]:
    for item in of_type(planned, "Microsoft.Insights/diagnosticSettings"):
        for log in item.properties.get("logs", []):
            if log.get("category") not in LOGS_WITHOUT_USERS:
                yield f"{item.name}: {log} may log user ids"


def _check_capacity(planned: tuple[Planned, ...]) -> Iterator[str]:
    for account in of_type(planned, "Microsoft.DocumentDB/databaseAccounts"):
        capabilities = {item["name"] for item in account.properties["capabilities"]}
        if missing := {"EnableNoSQLVectorSearch", "EnableNoSQLFullTextSearch"} - capabilities:
            yield f"{account.name} lacks {sorted(missing)}"
        serverless = "EnableServerless" in capabilities
        if serverless and len(account.properties["locations"]) > 1:
            yield f"{account.name}: serverless has one region"
        containers = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers"
        for container in of_type(planned, containers):
            if bool(container.properties["options"]) == serverless:
                yield f"{container.name}: throughput does not fit the account's capacity mode"


def _find_late_roles(root: Path, option: str) -> Iterator[str]:
    """Modules with role assignments that the function app does not wait for."""
    infra = (root / "infra").resolve()
    main = Deployment(infra / "main.bicep", REQUIRED | OPTIONS[option])
    (inner,) = main.instances("processor")
    before = {(name,) for name in main.upstream_modules("processor")}
    before |= {("processor", name) for name in inner.upstream_modules("functionApp")}
    for item in plan_option(root, option):
        if item.type.partition("@")[0] in (_ASSIGNMENT, _DATA_ROLE) and item.module not in before:
            yield f"the app may start before the roles of {'/'.join(item.module)}"


RULES: tuple[Callable[[tuple[Planned, ...]], Iterator[str]], ...] = (
    _check_values,
    _check_roles,
    _check_secrets,
    _check_identity,
    _check_logs,
    _check_capacity,
)
