"""Activities of episodes."""

from typing import Any

import azure.durable_functions as df

from shared.domain.messages import EpisodesJob
from shared.wiring import get_services, observed

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="job")
@observed
async def write_episodes(job: dict) -> dict[str, Any]:
    """EpisodesJob -> StepResult with the number of episodes."""
    result = await get_services().write_episodes.run(EpisodesJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def persist_episodes(job: dict) -> dict[str, Any]:
    """EpisodesJob -> StepResult with the number of episodes."""
    result = await get_services().persist_episodes.run(EpisodesJob.model_validate(job))
    return result.model_dump(mode="json")
