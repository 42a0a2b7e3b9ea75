"""The clients of the Cosmos DB account, one a purpose."""

from dataclasses import dataclass

from azure.cosmos.aio import DatabaseProxy
from azure.identity.aio import DefaultAzureCredential

from shared.adapters.cosmos_client import build_cosmos_client
from shared.settings import Settings

USER_AGENT = "agent-memory-processor"


@dataclass(frozen=True, slots=True)
class Databases:
    """The database through three clients, told apart by user agent in metrics and bills."""

    work: DatabaseProxy
    sweep: DatabaseProxy
    status: DatabaseProxy


def open_databases(settings: Settings) -> Databases:
    """The database of the settings, reached with the key or, without one, with Entra ID."""
    credential = settings.cosmos_key or DefaultAzureCredential()

    def open_as(user_agent: str) -> DatabaseProxy:
        client = build_cosmos_client(settings.cosmos_endpoint, credential, user_agent)
        return client.get_database_client(settings.database)

    return Databases(
        work=open_as(USER_AGENT),
        sweep=open_as(f"{USER_AGENT}-sweep"),
        status=open_as(f"{USER_AGENT}-status"),
    )
