"""Every setting of the app, parsed once from the environment: the only reader of it.

Names are those of the public toolkit where it has one. A bad value stops the start with one message
that names every bad variable.
"""

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

type Count = Annotated[int, Field(ge=0)]
type Pause = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SettingsError(ValueError):
    """The environment holds values that the app cannot run with; the message names them all."""


def _split_list(value: object) -> object:
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return value


def _fold_case(value: object) -> object:
    return (value.strip().lower() or None) if isinstance(value, str) else value


class Settings(BaseModel):
    """The app's settings; each field's alias is the name of its variable."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    cosmos_endpoint: str = Field(
        alias="COSMOS_DB_ENDPOINT", min_length=1, description="Cosmos DB account endpoint"
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

    model_endpoint: str = Field(
        alias="AI_FOUNDRY_ENDPOINT",
        min_length=1,
        description="Azure OpenAI or Foundry endpoint, or any OpenAI-compatible URL ending in /v1",
    )
    model_key: str | None = Field(
        default=None, alias="AI_FOUNDRY_API_KEY", description="API key; Entra ID if unset"
    )
    chat_deployment: str = Field(
        default="gpt-4o-mini",
        alias="AI_FOUNDRY_CHAT_DEPLOYMENT_NAME",
        description="Deployment, or model, of the chat calls",
    )
    embedding_deployment: str = Field(
        default="text-embedding-3-large",
        alias="AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME",
        description="Deployment, or model, of embeddings; readers must use the same",
    )
    embedding_dimensions: Annotated[int, Field(ge=1, le=4096)] = Field(
        default=1536,
        alias="AI_FOUNDRY_EMBEDDING_DIMENSIONS",
        description="Length of the vectors; that of the containers' vector policy",
    )
    api_version: str = Field(
        default="2024-12-01-preview",
        alias="AZURE_OPENAI_API_VERSION",
        description="API version of an Azure OpenAI endpoint; others have none",
    )
    model_timeout_seconds: Seconds = Field(
        default=120,
        alias="MEMORY_MODEL_TIMEOUT_SECONDS",
        description="Patience with one model call",
    )

    owner: Annotated[Literal["durable", "inprocess"] | None, BeforeValidator(_fold_case)] = Field(
        default=None,
        alias="MEMORY_PROCESSOR_OWNER",
        description="inprocess: this app leaves turns alone; durable or unset: it processes them",
    )
    extract_every: Count = Field(
        default=5, alias="FACT_EXTRACTION_EVERY_N", description="Turns of a thread a chunk; 0: off"
    )
    summarize_every: Count = Field(
        default=10, alias="THREAD_SUMMARY_EVERY_N", description="Turns a summary; 0: off"
    )
    profile_every: Count = Field(
        default=20, alias="USER_SUMMARY_EVERY_N", description="Turns of a user a profile; 0: off"
    )
    dedup_every: Count = Field(
        default=5,
        alias="DEDUP_EVERY_N",
        description=(
            "Extractions after which a user's facts are compared with one another, at the next"
            " profile; 0: off"
        ),
    )
    dedup_pool: Annotated[int, Field(ge=1, le=500)] = Field(
        default=50, alias="DEDUP_POOL_SIZE", description="Newest facts that are compared at once"
    )
    procedures: bool = Field(
        default=True, alias="PROCEDURAL_SYNTHESIS_AUTO", description="Derive rules for agents"
    )
    episode_every: Count = Field(
        default=4,
        alias="EPISODE_EVAL_EVERY_N",
        description="Turns till one is written; 0: no episodes",
    )
    episode_idle_gap: Pause = Field(
        default=1800,
        alias="EPISODE_IDLE_GAP_SECONDS",
        description="Pause in a conversation, by its turns' own times, that ends an episode",
    )
    episode_max_turns: Annotated[int, Field(ge=1, le=500)] = Field(
        default=40, alias="EPISODE_MAX_TURNS", description="Turns of an episode at most"
    )
    episode_min_turns: Annotated[int, Field(ge=1, le=500)] = Field(
        default=2, alias="EPISODE_MIN_TURNS", description="Turns of an episode at least"
    )
    episode_topic_drift: Annotated[float, Field(ge=0, le=2)] = Field(
        default=0, alias="EPISODE_TOPIC_DRIFT", description="Distance that begins another; 0: off"
    )
    idle_flush_seconds: Seconds = Field(
        default=20,
        alias="MEMORY_IDLE_FLUSH_SECONDS",
        description="Silence after which a tail is extracted, later tails 5 times that; 0: off",
    )
    idle_summary_seconds: Seconds = Field(
        default=3600,
        alias="MEMORY_IDLE_SUMMARY_SECONDS",
        description="Silence after which summaries and profiles are brought up to date; 0: off",
    )
    transcript_metadata_keys: Annotated[tuple[str, ...], BeforeValidator(_split_list)] = Field(
        default=(),
        alias="AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS",
        description="Keys of a turn's metadata that the model may see, comma-separated",
    )
    redact: Annotated[Literal["off", "mask", "drop"], BeforeValidator(_fold_case)] = Field(
        default="off",
        alias="MEMORY_REDACT",
        description=(
            "E-mail, phone, card, IBAN, keys and secrets in turns: mask: the model sees a"
            " placeholder; drop: it does not see the turn"
        ),
    )
    redact_phone_regions: Annotated[tuple[str, ...], BeforeValidator(_split_list)] = Field(
        default=("US",),
        alias="MEMORY_REDACT_PHONE_REGIONS",
        description="Countries (ISO 3166) whose telephone numbers are known without +, by commas",
    )
    known_facts: Annotated[int, Field(ge=0, le=100)] = Field(
        default=20, alias="MEMORY_KNOWN_FACTS", description="Known facts shown to an extraction"
    )
    daily_token_budget: Count = Field(
        default=0, alias="MEMORY_DAILY_TOKEN_BUDGET", description="Tokens a user a UTC day; 0: any"
    )
    retry_first_seconds: Pause = Field(
        default=2, alias="MEMORY_RETRY_FIRST_SECONDS", description="First pause of a retried step"
    )
    retry_attempts: Annotated[int, Field(ge=1, le=20)] = Field(
        default=6, alias="MEMORY_RETRY_ATTEMPTS", description="Tries of a step in one run"
    )
    defer_seconds: Pause = Field(
        default=60,
        alias="MEMORY_DEFER_SECONDS",
        description="Pause of a thread after a run that failed; doubles up to an hour",
    )
    retry_horizon_seconds: Pause = Field(
        default=86_400,
        alias="MEMORY_RETRY_HORIZON_SECONDS",
        description="How long a failing chunk is tried before its turns become dead letters",
    )
    stale_seconds: Pause = Field(
        default=120,
        alias="MEMORY_STALE_SECONDS",
        description="Age after which the sweeper restarts a run that should be going on",
    )
    scan_grace_seconds: Seconds = Field(
        default=120,
        alias="MEMORY_SCAN_GRACE_SECONDS",
        description="Age from which the sweeper looks for turns that the trigger never saw",
    )
    scan_overlap_seconds: Seconds = Field(
        default=300,
        alias="MEMORY_SCAN_OVERLAP_SECONDS",
        description="How far each such look reaches back before the end of the last",
    )
    scan_budget_seconds: Seconds = Field(
        default=20,
        alias="MEMORY_SCAN_BUDGET_SECONDS",
        description="How long such a look may take before the next sweep goes on with it",
    )
    vanished_check_seconds: Seconds = Field(
        default=86_400,
        alias="MEMORY_VANISHED_CHECK_SECONDS",
        description="How often all threads are searched for deleted turns, to forget them; 0: off",
    )
    vanished_limit: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.2,
        alias="MEMORY_VANISHED_LIMIT",
        description="Share of all turns beyond which missing ones are taken for a fault; 1: never",
    )
    sweep_starts: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=200,
        alias="MEMORY_SWEEP_STARTS",
        description="Threads, and users, that one sweep starts at most",
    )
    backfill_rate: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=600,
        alias="MEMORY_BACKFILL_TURNS_PER_MINUTE",
        description="How many turns a minute a backfill gives to its threads",
    )
    backfill_threads: Annotated[int, Field(ge=1, le=200)] = Field(
        default=8,
        alias="MEMORY_BACKFILL_THREADS",
        description="Threads of a backfill that are at work at a time before it goes on",
    )
    history_seconds: Seconds = Field(
        default=86_400,
        alias="MEMORY_HISTORY_SECONDS",
        description="How long the histories of ended orchestrations are kept; 0: for ever",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="Base URL of an OpenTelemetry collector (OTLP over HTTP); none if unset",
    )
    azure_monitor: str | None = Field(
        default=None,
        alias="APPLICATIONINSIGHTS_CONNECTION_STRING",
        description="Application Insights that takes metrics and traces; none if unset",
    )
    azure_monitor_authentication: str | None = Field(
        default=None,
        alias="APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        description="Authorization=AAD;ClientId=... for Entra ID there; the key if unset",
    )
    service_name: str = Field(
        default="agent-memory-processor",
        alias="OTEL_SERVICE_NAME",
        description="Name of the app in metrics and traces",
    )
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = Field(
        default=1.0,
        alias="OTEL_TRACES_SAMPLER_ARG",
        description="Share of the traces that are sent; metrics always are",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Parse the variables; SettingsError names each one that is missing or has a bad value.

        An empty value counts as unset. COSMOS_DB__accountEndpoint stands in for COSMOS_DB_ENDPOINT.
        """
        variables = os.environ if environment is None else environment
        # By alias only: an environment may hold a variable named as one of the fields.
        names = [str(field.alias) for field in cls.model_fields.values()]
        given = {name: value for name in names if (value := variables.get(name))}
        if account_endpoint := variables.get("COSMOS_DB__accountEndpoint"):
            given.setdefault("COSMOS_DB_ENDPOINT", account_endpoint)
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            problems = [
                f"  {item['loc'][0]}: {item['msg']}"
                + (f" (it is {item['input']!r})" if _may_show(str(item["loc"][0])) else "")
                for item in error.errors()
            ]
            message = "settings: these variables must be set or corrected:\n" + "\n".join(problems)
            raise SettingsError(message) from None


def _may_show(name: str) -> bool:
    return not name.endswith("_KEY") and "ENDPOINT" not in name
