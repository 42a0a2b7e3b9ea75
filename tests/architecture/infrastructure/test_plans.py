"""What the switches of main.bicep change."""

import json
from typing import Any

import pytest

from local.functions.host_json import load_host_options
from local.functions.settings import AppSettings
from tests.architecture.bicep.deployment import plan
from tests.architecture.infrastructure.options import app_settings, of_type, plan_option
from tests.architecture.project_files import ROOT, read

_HOST = "AzureFunctionsJobHost__"
_DURABLE = f"{_HOST}extensions__durableTask__"


def settings_with(**parameters: Any) -> dict[str, str]:
    return app_settings(plan((ROOT / "infra").resolve(), **parameters))


@pytest.mark.parametrize(
    ("parameters", "activities"),
    [
        # 200,000 tokens a minute, 2,500 a call of 6 seconds: 8 calls at once, over 4 instances.
        ({}, 2),
        ({"maximumInstanceCount": 1}, 8),
        ({"chatModelCapacity": 1000}, 10),
        ({"chatModelCapacity": 10_000}, 32),
        ({"chatModelCapacity": 10, "maximumInstanceCount": 40}, 1),
        ({"maxConcurrentActivities": 7}, 7),
    ],
)
def test_activities_at_once_fit_the_tokens_per_minute(
    parameters: dict[str, Any], activities: int
) -> None:
    given = settings_with(**parameters)
    assert given[f"{_DURABLE}maxConcurrentActivityFunctions"] == str(activities)


def test_azure_storage_is_the_backend_that_needs_nothing_else() -> None:
    planned = plan_option(ROOT, "as it comes")
    assert not of_type(planned, "Microsoft.DurableTask/schedulers")
    assert not [name for name in app_settings(planned) if "storageProvider" in name]


def test_durable_task_scheduler_brings_its_hub_its_role_and_its_settings() -> None:
    planned = plan_option(ROOT, "Durable Task Scheduler")
    given = app_settings(planned)
    (scheduler,) = of_type(planned, "Microsoft.DurableTask/schedulers")
    (hub,) = of_type(planned, "Microsoft.DurableTask/schedulers/taskHubs")
    assert scheduler.properties["sku"] == {"name": "Consumption"}
    assert given[f"{_DURABLE}storageProvider__type"] == "azureManaged"
    connection = given[f"{_DURABLE}storageProvider__connectionStringName"]
    assert "Authentication=ManagedIdentity" in given[connection]
    host = json.loads(read("host.json"))
    assert hub.name == given[f"{_DURABLE}hubName"] == host["extensions"]["durableTask"]["hubName"]
    roles = [item for item in planned if item.module == ("processor", "scheduler")]
    assert len(roles) == 4  # the scheduler, its hub, and a role for the app and one for who deploys


def test_a_dedicated_scheduler_has_a_capacity() -> None:
    (scheduler,) = of_type(
        plan_option(ROOT, "dedicated scheduler, private"), "Microsoft.DurableTask/schedulers"
    )
    assert scheduler.properties["sku"] == {"name": "Dedicated", "capacity": 1}


def test_the_task_hub_needs_queues_and_tables_only_in_azure_storage() -> None:
    def roles_on_storage(option: str) -> int:
        found = plan_option(ROOT, option)
        return len([item for item in found if item.module == ("processor", "storage")])

    assert roles_on_storage("as it comes") - roles_on_storage("Durable Task Scheduler") == 4


@pytest.mark.parametrize(
    ("option", "bundle"),
    [
        ("as it comes", "Microsoft.Azure.Functions.ExtensionBundle.Preview"),
        ("stable bundle", "Microsoft.Azure.Functions.ExtensionBundle"),
    ],
)
def test_the_extension_bundle_is_a_switch(option: str, bundle: str) -> None:
    given = app_settings(plan_option(ROOT, option))
    assert given[f"{_HOST}extensionBundle__id"] == bundle


def test_the_default_bundle_is_the_one_of_host_json() -> None:
    given = app_settings(plan_option(ROOT, "as it comes"))
    bundle = json.loads(read("host.json"))["extensionBundle"]
    assert given[f"{_HOST}extensionBundle__id"] == bundle["id"]
    assert given[f"{_HOST}extensionBundle__version"] == bundle["version"]


@pytest.mark.parametrize("option", ["as it comes", "stable bundle", "Durable Task Scheduler"])
def test_a_host_obeys_the_settings_that_stand_above_host_json(option: str) -> None:
    given = app_settings(plan_option(ROOT, option))
    host = load_host_options(ROOT, AppSettings(given))
    assert host.max_activities == 2
    assert host.hub_name == json.loads(read("host.json"))["extensions"]["durableTask"]["hubName"]
    assert host.extension_bundle == {
        "id": given[f"{_HOST}extensionBundle__id"],
        "version": given[f"{_HOST}extensionBundle__version"],
    }


def test_sdk_only_is_database_and_model_without_an_app() -> None:
    planned = plan_option(ROOT, "SDK only")
    for absent in ("Microsoft.Web/sites", "Microsoft.Storage/storageAccounts"):
        assert not of_type(planned, absent)
    assert of_type(planned, "Microsoft.DocumentDB/databaseAccounts")
    assert of_type(planned, "Microsoft.CognitiveServices/accounts/deployments")
    roles = of_type(planned, "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments")
    assert [role.properties["principalId"] for role in roles] == ["me"]


def test_accounts_of_yours_get_roles_and_nothing_else() -> None:
    planned = plan_option(ROOT, "accounts of yours")
    assert not of_type(planned, "Microsoft.DocumentDB/databaseAccounts")
    assert not of_type(planned, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers")
    assert not of_type(planned, "Microsoft.CognitiveServices/accounts")
    (role,) = of_type(planned, "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments")
    assert "cosmos-mine" in role.properties["scope"]
    assert "model-mine" in app_settings(planned)["AI_FOUNDRY_ENDPOINT"]


def test_two_deployments_give_one_identity_one_data_role_on_a_scope() -> None:
    def role_of(**parameters: Any) -> tuple[str, str]:
        planned = plan(
            (ROOT / "infra").resolve(),
            existingCosmosAccountName="cosmos-mine",
            deployFunctionApp=False,
            principalId="me",
            **parameters,
        )
        roles = "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"
        (role,) = of_type(planned, roles)
        return role.name, role.properties["scope"]

    whole = [
        role_of(cosmosDataRoleScope="account", cosmosDatabaseName=name) for name in ("one", "two")
    ]
    assert whole[0] == whole[1]
    parts = [role_of(cosmosDatabaseName=name) for name in ("one", "two")]
    assert parts[0][0] != parts[1][0]
    assert parts[0][1].endswith("/dbs/one")


def test_a_models_key_is_in_the_vault_and_nowhere_else() -> None:
    planned = plan_option(ROOT, "model with a key, private")
    holders = [item for item in planned if "a-secret-key" in json.dumps(item.body, default=str)]
    assert [item.type.partition("@")[0] for item in holders] == [
        "Microsoft.KeyVault/vaults/secrets"
    ]
    assert app_settings(planned)["AI_FOUNDRY_API_KEY"].startswith("@Microsoft.KeyVault(")


def test_the_site_names_an_identity_for_the_vault_only_where_there_is_one() -> None:
    def identity_for_vault(option: str) -> object:
        (site,) = of_type(plan_option(ROOT, option), "Microsoft.Web/sites")
        return site.properties["keyVaultReferenceIdentity"]

    assert identity_for_vault("model with a key, private")
    assert identity_for_vault("as it comes") is None


def test_a_second_region_is_read_from_and_failed_over_to() -> None:
    (account,) = of_type(
        plan_option(ROOT, "autoscale in two regions"), "Microsoft.DocumentDB/databaseAccounts"
    )
    locations = account.properties["locations"]
    assert [item["locationName"] for item in locations] == ["here", "elsewhere"]
    assert account.properties["enableAutomaticFailover"]


def test_two_environments_never_share_the_leases_of_a_feed_unless_told_to() -> None:
    prefixes = {
        settings_with(environmentName=name)["COSMOS_DB_LEASE_CONTAINER_PREFIX"]
        for name in ("production", "staging")
    }
    assert len(prefixes) == 2
    given = settings_with(leaseContainerPrefix="shared-")
    assert given["COSMOS_DB_LEASE_CONTAINER_PREFIX"] == "shared-"


def test_models_in_another_region_are_another_account() -> None:
    def account_name(region: str) -> str:
        planned = plan((ROOT / "infra").resolve(), modelLocation=region)
        (account,) = of_type(planned, "Microsoft.CognitiveServices/accounts")
        return account.name

    assert account_name("swedencentral") != account_name("eastus2")


def test_settings_given_by_hand_win() -> None:
    given = settings_with(processorSettings={"FACT_EXTRACTION_EVERY_N": "3"})
    assert given["FACT_EXTRACTION_EVERY_N"] == "3"


def test_models_are_deployed_by_name_version_sku_and_capacity() -> None:
    planned = plan(
        (ROOT / "infra").resolve(),
        chatModelName="other",
        chatModelVersion="7",
        chatModelSku="Standard",
        chatModelCapacity=5,
    )
    chat, embedding = of_type(planned, "Microsoft.CognitiveServices/accounts/deployments")
    assert chat.body["sku"] == {"name": "Standard", "capacity": 5}
    assert chat.properties["model"] == {"format": "OpenAI", "name": "other", "version": "7"}
    assert embedding.properties["model"]["name"] == "text-embedding-3-large"


def test_azd_asks_for_a_region_with_quota_for_the_default_models() -> None:
    main = read("infra/main.bicep")
    given = json.loads(read("infra/main.parameters.json"))["parameters"]
    for role in ("chat", "embedding"):
        name, sku, capacity = (
            given[f"{role}Model{part}"]["value"].partition("=")[2].rstrip("}")
            for part in ("Name", "Sku", "Capacity")
        )
        assert f"'OpenAI.{sku}.{name},{capacity}'" in main
