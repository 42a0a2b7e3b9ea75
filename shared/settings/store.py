"""Where the database is, and what its containers are called."""

from pydantic import BaseModel, Field


class StoreSettings(BaseModel):
    """Where the database is, and what its containers are called."""

    cosmos_endpoint: str = Field(
        alias="COSMOS_DB_ENDPOINT",
        min_length=1,
        description="Cosmos DB account endpoint; `COSMOS_DB__accountEndpoint` where it is unset",
    )
    cosmos_key: str | None = Field(
        default=None, alias="COSMOS_DB_KEY", description="Account key; Entra ID if unset"
    )
    database: str = Field(
        default="ai_memory", alias="COSMOS_DB_DATABASE", min_length=1, description="Database"
    )
    memories_container: str = Field(
        default="memories",
        alias="COSMOS_DB_MEMORIES_CONTAINER",
        description="Container of facts, episodes and procedures",
    )
    turns_container: str = Field(
        default="memories_turns",
        alias="COSMOS_DB_TURNS_CONTAINER",
        description="Container that agents write turns to; the trigger reads its change feed",
    )
    summaries_container: str = Field(
        default="memories_summaries",
        alias="COSMOS_DB_SUMMARIES_CONTAINER",
        description="Container of thread summaries and user profiles",
    )
    counters_container: str = Field(
        default="counter",
        alias="COSMOS_DB_COUNTERS_CONTAINER",
        description="Container of counters, ledger, state and dead letters",
    )
