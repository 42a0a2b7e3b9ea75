"""The private option: every service has its private endpoint with DNS, and no other door."""

from collections.abc import Iterator
from pathlib import Path

from tests.architecture.bicep.deployment import Planned
from tests.architecture.infrastructure.options import OPTIONS, of_type, plan_option

_PRIVATE_TYPES = (
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
)
_GROUPS = {
    "Microsoft.DocumentDB/databaseAccounts": {"Sql"},
    "Microsoft.CognitiveServices/accounts": {"account"},
    "Microsoft.Storage/storageAccounts": {"blob", "queue", "table"},
    "Microsoft.KeyVault/vaults": {"vault"},
    "Microsoft.DurableTask/schedulers": {"scheduler"},
}


def find_privacy_problems(root: Path) -> Iterator[str]:
    """Doors left open in the private options, and networks made in the others."""
    for option, parameters in OPTIONS.items():
        planned = plan_option(root, option)
        if parameters.get("vnetEnabled"):
            address = parameters.get("developerIpAddress")
            for problem in (*_find_doors(planned, address), *_find_missing(planned)):
                yield f"{option}: {problem}"
        elif of_type(planned, "Microsoft.Network/virtualNetworks"):
            yield f"{option}: has a network that nobody asked for"


def _find_doors(planned: tuple[Planned, ...], address: object) -> Iterator[str]:
    expected = "Enabled" if address else "Disabled"
    for type_name in _PRIVATE_TYPES:
        for item in of_type(planned, type_name):
            if item.properties.get("publicNetworkAccess") != expected:
                yield f"{item.name}: public network access is not {expected}"
            rules = item.properties.get("networkAcls", item.properties)["ipRules"]
            allowed = [value for rule in rules for key, value in rule.items() if key != "action"]
            if allowed != ([address] if address else []):
                yield f"{item.name}: lets {allowed} in"
            acls = item.properties.get("networkAcls")
            if acls is not None and acls["defaultAction"] != "Deny":
                yield f"{item.name}: lets in whom no rule names"
    for item in of_type(planned, "Microsoft.DurableTask/schedulers"):
        if item.properties["publicNetworkAccess"] != "Disabled":
            yield f"{item.name}: public network access is not Disabled"
    for site in of_type(planned, "Microsoft.Web/sites"):
        if not site.properties["virtualNetworkSubnetId"]:
            yield f"{site.name}: is outside of the network"


def _find_missing(planned: tuple[Planned, ...]) -> Iterator[str]:
    endpoints = of_type(planned, "Microsoft.Network/privateEndpoints")
    groups = {
        group
        for item in endpoints
        for connection in item.properties["privateLinkServiceConnections"]
        for group in connection["properties"]["groupIds"]
    }
    for type_name, expected in _GROUPS.items():
        if of_type(planned, type_name) and expected - groups:
            yield f"no private endpoint for {sorted(expected - groups)}"
    zone_groups = of_type(planned, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
    links = of_type(planned, "Microsoft.Network/privateDnsZones/virtualNetworkLinks")
    zones = of_type(planned, "Microsoft.Network/privateDnsZones")
    if len(zone_groups) != len(endpoints) or len(links) != len(zones) or not zones:
        yield "an endpoint without DNS: its name keeps leading to the public address"
