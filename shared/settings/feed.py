"""How the trigger reads the change feed of the turns.

The trigger's decorator takes these when the app is indexed: a binding's whole numbers know no
`%NAME%`, and an empty text for one would not start.
"""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

type Interval = Annotated[float, Field(ge=0.001, le=86_400, allow_inf_nan=False)]


class FeedSettings(BaseModel):
    """How the trigger reads the change feed of the turns."""

    lease_prefix: str | None = Field(
        default=None,
        alias="COSMOS_DB_LEASE_CONTAINER_PREFIX",
        pattern=r"^[A-Za-z0-9_.:-]{1,64}$",
        description=(
            "Beginning of this app's leases; a second app on the same turns needs another, or the"
            " two share the feed and each sees a part of it"
        ),
    )
    feed_poll_seconds: Interval = Field(
        default=1,
        alias="MEMORY_FEED_POLL_SECONDS",
        description="Pause between two looks at a feed that had nothing new",
    )
    feed_batch: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=200,
        alias="MEMORY_FEED_BATCH",
        description="Turns that the trigger is given at most",
    )
    lease_acquire_seconds: Interval = Field(
        default=13,
        alias="MEMORY_LEASE_ACQUIRE_SECONDS",
        description="How often instances share the feed's leases out among them",
    )
    lease_renew_seconds: Interval = Field(
        default=17,
        alias="MEMORY_LEASE_RENEW_SECONDS",
        description="How often an instance renews a lease that it holds",
    )
    lease_expiration_seconds: Interval = Field(
        default=60,
        alias="MEMORY_LEASE_EXPIRATION_SECONDS",
        description="Silence after which an instance's leases go to others; above the renewal",
    )

    @model_validator(mode="after")
    def _renew_before_expiration(self) -> Self:
        if self.lease_renew_seconds >= self.lease_expiration_seconds:
            # An instance would lose each lease before it renews it.
            raise ValueError(
                "MEMORY_LEASE_EXPIRATION_SECONDS must be above MEMORY_LEASE_RENEW_SECONDS"
            )
        return self
