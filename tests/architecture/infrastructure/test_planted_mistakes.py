"""Mistakes planted in a copy of the deployment are found: the checks are no decoration."""

import shutil
from pathlib import Path

import pytest

from tests.architecture.infrastructure.checks import CHECKS
from tests.architecture.infrastructure.containers import find_container_problems
from tests.architecture.infrastructure.monitoring import find_monitoring_problems
from tests.architecture.infrastructure.parameters import find_parameter_problems
from tests.architecture.infrastructure.posture import find_posture_problems
from tests.architecture.infrastructure.privacy import find_privacy_problems
from tests.architecture.infrastructure.project_files import find_project_file_problems
from tests.architecture.infrastructure.settings import find_settings_problems
from tests.architecture.infrastructure.templates import find_template_problems
from tests.architecture.project_files import ROOT

# name: (the check that finds it, file, what is there, what is put there, words of the problem)
MISTAKES = {
    "a syntax error": (
        find_template_problems,
        "infra/modules/storage.bicep",
        "kind: 'StorageV2'",
        "kind: 'StorageV2",
        "not Bicep",
    ),
    "a misspelt property": (
        find_template_problems,
        "infra/modules/cosmos-database.bicep",
        "vectorEmbeddingPolicy:",
        "vectorEmbedingPolicy:",
        "vectorEmbedingPolicy does not exist",
    ),
    "a value that no enumeration has": (
        find_template_problems,
        "infra/modules/cosmos-account.bicep",
        "minimalTlsVersion: 'Tls12'",
        "minimalTlsVersion: 'TLS1_2'",
        "'TLS1_2' is not one of",
    ),
    "a property that is asked for left out": (
        find_template_problems,
        "infra/modules/cosmos-account.bicep",
        "    databaseAccountOfferType: 'Standard'\n",
        "",
        "lacks databaseAccountOfferType",
    ),
    "a property that only Azure writes": (
        find_template_problems,
        "infra/modules/monitoring.bicep",
        "IngestionMode: 'LogAnalytics'",
        "AppId: 'LogAnalytics'",
        "AppId is read only",
    ),
    "text for a number": (
        find_template_problems,
        "infra/modules/alerts.bicep",
        "numberOfEvaluationPeriods: 1",
        "numberOfEvaluationPeriods: '1'",
        "should be int",
    ),
    "a misspelt property in a union": (
        find_template_problems,
        "infra/modules/cosmos-database.bicep",
        "{ defaultTtl: item.defaultTtl }",
        "{ defaultTTL: item.defaultTtl }",
        "defaultTTL does not exist",
    ),
    "a parameter of a module not given": (
        find_template_problems,
        "infra/main.bicep",
        "    zoneRedundant: cosmosZoneRedundant\n",
        "",
        "parameter zoneRedundant is not given",
    ),
    "a parameter that nothing reads": (
        find_template_problems,
        "infra/modules/identity.bicep",
        "  tags: tags\n",
        "",
        "param tags is never used",
    ),
    "a module that nothing deploys": (
        find_template_problems,
        "infra/main.bicep",
        "module workbook 'modules/workbook.bicep'",
        "module workbook 'modules/identity.bicep'",
        "workbook.bicep: no template uses it",
    ),
    "a name that nothing has": (
        find_template_problems,
        "infra/main.bicep",
        "workspaceId: monitoring.outputs",
        "workspaceId: monitring.outputs",
        "nothing is called monitring",
    ),
    "a parameter that the module does not have": (
        find_template_problems,
        "infra/main.bicep",
        "    backupTier: cosmosBackupTier",
        "    backupLevel: cosmosBackupTier",
        "no parameter backupLevel",
    ),
    "an API version without types": (
        find_template_problems,
        "infra/modules/function-app.bicep",
        "'Microsoft.Web/sites@2024-11-01'",
        "'Microsoft.Web/sites@2099-01-01'",
        "Microsoft.Web/sites@2099-01-01",
    ),
    "a parameter of azd that the template lost": (
        find_parameter_problems,
        "infra/main.parameters.json",
        '"chatModelSku"',
        '"chatModelTier"',
        "no parameter chatModelTier",
    ),
    "a default that differs": (
        find_parameter_problems,
        "infra/main.parameters.json",
        "${VNET_ENABLED=false}",
        "${VNET_ENABLED=true}",
        "vnetEnabled has another default",
    ),
    "keys on the database": (
        find_posture_problems,
        "infra/modules/cosmos-account.bicep",
        "disableLocalAuth: true",
        "disableLocalAuth: false",
        "disableLocalAuth is False",
    ),
    "shared keys on the storage": (
        find_posture_problems,
        "infra/modules/storage.bicep",
        "allowSharedKeyAccess: false",
        "allowSharedKeyAccess: true",
        "allowSharedKeyAccess is True",
    ),
    "a role id that is none": (
        find_template_problems,
        "infra/role-ids.json",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955c",
        "storageBlobDataOwner is not",
    ),
    "counters that expire": (
        find_container_problems,
        "shared/containers.json",
        '"name": "counter", "partitionKey": ["/user_id", "/thread_id"], "defaultTtl": -1',
        '"name": "counter", "partitionKey": ["/user_id", "/thread_id"], "defaultTtl": 7776000',
        "counter: its items live for 7776000",
    ),
    "vectors in the range index": (
        find_container_problems,
        "infra/modules/cosmos-database.bicep",
        "          { path: '${store.vector.path}/*' }\n",
        "",
        "indexingPolicy differs",
    ),
    "containers in another order than their names": (
        find_container_problems,
        "infra/main.bicep",
        "memories: store.containers[1].name",
        "memories: store.containers[2].name",
        "container memories is made on one side only",
    ),
    "a setting without which the app does not start": (
        find_settings_problems,
        "infra/processor.bicep",
        "  AI_FOUNDRY_ENDPOINT: modelEndpoint\n",
        "  AI_FOUNDRY_URL: modelEndpoint\n",
        "the app needs AI_FOUNDRY_ENDPOINT",
    ),
    "a setting of a binding left out": (
        find_settings_problems,
        "infra/processor.bicep",
        "  COSMOS_DB_LEASE_CONTAINER: containerNames.leases\n",
        "",
        "a binding reads COSMOS_DB_LEASE_CONTAINER",
    ),
    "settings by hand that lose": (
        find_settings_problems,
        "infra/processor.bicep",
        "union(fixedSettings, backendSettings, keySettings, processorSettings)",
        "union(processorSettings, fixedSettings, backendSettings, keySettings)",
        "processorSettings cannot set",
    ),
    "an app before its roles": (
        find_posture_problems,
        "infra/main.bicep",
        "cosmosEndpoint: cosmosDatabase.outputs.endpoint",
        "cosmosEndpoint: 'https://${accountName}.documents.azure.com:443/'",
        "may start before the roles of cosmosDatabase",
    ),
    "a data role on the whole account": (
        find_parameter_problems,
        "infra/main.bicep",
        "param cosmosDataRoleScope string = 'database'",
        "param cosmosDataRoleScope string = 'account'",
        "cosmosDataRoleScope has another default",
    ),
    "a private endpoint without its names": (
        find_privacy_problems,
        "infra/modules/private-endpoint.bicep",
        "privateDnsZoneGroups@2024-07-01' = {",
        "privateDnsZoneGroups@2024-07-01' = if (empty(zoneNames)) {",
        "an endpoint without DNS",
    ),
    "an open door in the private option": (
        find_privacy_problems,
        "infra/modules/model-account.bicep",
        "isPrivate && empty(allowedAddresses) ? 'Disabled' : 'Enabled'",
        "isPrivate ? 'Enabled' : 'Enabled'",
        "public network access is not Disabled",
    ),
    "a service that azd cannot find": (
        find_project_file_problems,
        "azure.yaml",
        "  processor:",
        "  app:",
        "no service processor",
    ),
    "a service deployed where there is no app": (
        find_project_file_problems,
        "azure.yaml",
        "${DEPLOY_FUNCTION_APP=true}",
        "${DEPLOY_APP=true}",
        "processor: deployed on another condition",
    ),
    "a hook that azd does not know": (
        find_project_file_problems,
        "azure.yaml",
        "  postprovision:",
        "  afterprovision:",
        "afterprovision",
    ),
    "a number where Core Tools take text": (
        find_project_file_problems,
        "local.settings.json.template",
        '"FACT_EXTRACTION_EVERY_N": "5"',
        '"FACT_EXTRACTION_EVERY_N": 5',
        "5 is not of type 'string'",
    ),
    "an alert on a metric that nobody reports": (
        find_monitoring_problems,
        "infra/alerts.json",
        "memory.feed.lag",
        "memory.feed.delay",
        "the app reports no memory.feed.delay",
    ),
    "a split by what a metric does not carry": (
        find_monitoring_problems,
        "infra/workbook.json",
        "customDimensions.kind",
        "customDimensions.model",
        "model is no attribute of memory.tokens",
    ),
    "logs that name users": (
        find_posture_problems,
        "infra/modules/cosmos-account.bicep",
        "ControlPlaneRequests",
        "PartitionKeyRUConsumption",
        "may log user ids",
    ),
    "throughput on a serverless account": (
        find_posture_problems,
        "infra/modules/cosmos-database.bicep",
        "capacityMode == 'serverless' ? {} :",
        "capacityMode == 'nothing' ? {} :",
        "throughput does not fit",
    ),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("infra", "triggers", "shared"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("azure.yaml", "host.json", "local.settings.json.template"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_an_unchanged_copy_has_no_problem(copy: Path) -> None:
    assert [problem for check in CHECKS for problem in check(copy)] == []


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found(copy: Path, name: str) -> None:
    check, file, old, new, expected = MISTAKES[name]
    content = (copy / file).read_text("utf-8")
    assert old in content, f"{file} has no {old!r} any more: plant it elsewhere"
    (copy / file).write_text(content.replace(old, new, 1), encoding="utf-8")
    found = list(check(copy))
    assert [problem for problem in found if expected in problem], found
