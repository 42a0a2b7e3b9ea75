"""The ways to deploy that the checks plan: each switch of main.bicep is thrown at least once."""

from pathlib import Path
from typing import Any

from tests.architecture.bicep.deployment import Planned, plan

OPTIONS: dict[str, dict[str, Any]] = {
    "as it comes": {"principalId": "me"},
    "private": {"principalId": "me", "vnetEnabled": True},
    "private but for a developer": {"vnetEnabled": True, "developerIpAddress": "203.0.113.7"},
    "autoscale in two regions": {
        "cosmosCapacityMode": "autoscale",
        "cosmosSecondaryLocation": "elsewhere",
    },
    "Durable Task Scheduler": {"durableBackend": "durableTaskScheduler", "principalId": "me"},
    "dedicated scheduler, private": {
        "durableBackend": "durableTaskScheduler",
        "durableTaskSku": "Dedicated",
        "vnetEnabled": True,
    },
    "stable bundle": {"extensionBundle": "stable", "alwaysReadyInstances": 1},
    "SDK only": {"deployFunctionApp": False, "principalId": "me"},
    "accounts of yours": {
        "existingCosmosAccountName": "cosmos-mine",
        "existingCosmosResourceGroup": "rg-data",
        "createCosmosContainers": False,
        "existingModelAccountName": "model-mine",
        "existingModelResourceGroup": "rg-models",
        "alertEmail": "operator@example.com",
    },
    "model with a key, private": {
        "modelEndpoint": "https://models.example.com/v1",
        "modelKey": "a-secret-key",
        "vnetEnabled": True,
    },
    "model without a key": {"modelEndpoint": "https://models.example.com/v1"},
}


def plan_option(root: Path, option: str) -> tuple[Planned, ...]:
    """The resources of one option."""
    return plan((root / "infra").resolve(), **OPTIONS[option])


def of_type(planned: tuple[Planned, ...], type_name: str) -> list[Planned]:
    """The resources of a type, whatever their API version."""
    return [item for item in planned if item.type.partition("@")[0] == type_name]


def app_settings(planned: tuple[Planned, ...]) -> dict[str, str]:
    """The application settings of the planned function app; empty without one."""
    sites = of_type(planned, "Microsoft.Web/sites")
    pairs = sites[0].properties["siteConfig"]["appSettings"] if sites else []
    return {pair["name"]: pair["value"] for pair in pairs}
