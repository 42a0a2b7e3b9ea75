"""The HTTP API for erasure: delete turns, and forget what was derived from them."""

from typing import Self

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.domain.errors import TransientError
from shared.wiring import get_services, observed
from triggers.responses import answer_invalid, answer_json, answer_not_owner, answer_problem

blueprint = df.Blueprint()


class _Wanted(BaseModel):
    """The body of a request: some turns of a thread, a thread, or a user."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: str = Field(min_length=1)
    thread_id: str | None = Field(default=None, min_length=1)
    turn_ids: list[str] | None = Field(default=None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _name_the_thread_of_turns(self) -> Self:
        if self.turn_ids is not None and self.thread_id is None:
            raise ValueError("turn_ids need their thread_id")
        return self


@blueprint.function_name("forget")
@blueprint.route(route="forget", methods=["POST"])
@observed
async def forget(req: func.HttpRequest) -> func.HttpResponse:
    """Erase turns, a thread or a user; answers 200 with counts, and whether all is `done`.

    Whatever is left is done when the same is asked again.
    """
    services = get_services()
    if not services.runs:
        return answer_not_owner()
    try:
        wanted = _Wanted.model_validate_json(req.get_body() or b"{}")
    except ValidationError as error:
        example = '{"user_id": "...", "thread_id": "...", "turn_ids": ["..."]}'
        return answer_invalid("invalid_erasure", error, example)
    try:
        erased = await services.erase_turns.run(wanted.user_id, wanted.thread_id, wanted.turn_ids)
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}; ask again: it goes on where it was")
    counts = {"threads": erased.threads, "turns": erased.turns, "done": erased.done}
    return answer_json(200, counts)
