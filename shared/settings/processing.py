"""What is derived from turns, and how often."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from shared.settings.kinds import Count, Pause, Seconds, fold_case, split_list


class ProcessingSettings(BaseModel):
    """What is derived from turns, and how often."""

    owner: Annotated[Literal["durable", "inprocess"] | None, BeforeValidator(fold_case)] = Field(
        default=None,
        alias="MEMORY_PROCESSOR_OWNER",
        description="inprocess: this app leaves turns alone; durable or unset: it processes them",
    )
    extract_every: Count = Field(
        default=5,
        alias="FACT_EXTRACTION_EVERY_N",
        description="Turns of a thread that are extracted together, a chunk; 0: off",
    )
    summarize_every: Count = Field(
        default=10,
        alias="THREAD_SUMMARY_EVERY_N",
        description=(
            "New turns of a thread after which its summary is written; 4 times that while turns"
            " trickle in; 0: off"
        ),
    )
    profile_every: Count = Field(
        default=20,
        alias="USER_SUMMARY_EVERY_N",
        description=(
            "New turns of a user after which the profile is written; 4 times that while turns"
            " trickle in; 0: off"
        ),
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
        description="Turns after which an ended episode is written; 0: no episodes",
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
        default=0,
        alias="EPISODE_TOPIC_DRIFT",
        description=(
            "Cosine distance of a turn from the episode so far beyond which another begins; 0: off"
        ),
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
    transcript_metadata_keys: Annotated[tuple[str, ...], BeforeValidator(split_list)] = Field(
        default=(),
        alias="AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS",
        description="Keys of a turn's metadata that the model may see, comma-separated",
    )
    redact: Annotated[Literal["off", "mask", "drop"], BeforeValidator(fold_case)] = Field(
        default="off",
        alias="MEMORY_REDACT",
        description=(
            "E-mail, phone, card, IBAN, keys and secrets in turns: mask: the model sees a"
            " placeholder; drop: it does not see the turn"
        ),
    )
    redact_phone_regions: Annotated[tuple[str, ...], BeforeValidator(split_list)] = Field(
        default=("US",),
        alias="MEMORY_REDACT_PHONE_REGIONS",
        description="Countries (ISO 3166) whose telephone numbers are known without +, by commas",
    )
    known_facts: Annotated[int, Field(ge=0, le=100)] = Field(
        default=20, alias="MEMORY_KNOWN_FACTS", description="Known facts shown to an extraction"
    )
    daily_token_budget: Count = Field(
        default=0,
        alias="MEMORY_DAILY_TOKEN_BUDGET",
        description=(
            "Tokens that a user may cost on a UTC day; the rest waits for the next; 0: no limit"
        ),
    )
