"""The HTTP API for dead letters: list them, ask for another try, drop them."""

from typing import Literal, Self

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from shared.domain.dead_letters import Selection
from shared.domain.errors import TransientError
from shared.wiring import get_services, observed
from triggers.responses import answer_json, answer_not_owner, answer_problem

blueprint = df.Blueprint()
_MOST_LISTED = 500


class _Choice(BaseModel):
    """The body of a retry or a drop: exactly one of the three."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    ids: list[str] | None = None
    user_id: str | None = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _choose_one(self) -> Self:
        if sum(value is not None for value in (self.ids, self.user_id, self.all)) != 1:
            raise ValueError("give one of ids, user_id and all")
        return self

    def select(self) -> Selection:
        return Selection(ids=self.ids, user_id=self.user_id)


@blueprint.function_name("list_dead_letters")
@blueprint.route(route="dead-letters", methods=["GET"])
@observed
async def list_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Letters by id, of all users or of `?user_id=`; `?after=` goes on after the last one seen."""
    given = req.params.get("limit", "100")
    if not given.isdecimal() or not 1 <= int(given) <= _MOST_LISTED:
        return answer_problem(400, "invalid_limit", f"limit must be 1 to {_MOST_LISTED}")
    one = req.params.get("id")
    selection = Selection(user_id=req.params.get("user_id"), ids=[one] if one else None)
    try:
        letters = await get_services().dead_letters.list_page(
            selection, req.params.get("after", ""), int(given)
        )
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}")
    following = letters[-1].id if len(letters) == int(given) else None
    found = [letter.model_dump(mode="json") for letter in letters]
    return answer_json(200, {"dead_letters": found, "after": following})


@blueprint.function_name("retry_dead_letters")
@blueprint.route(route="dead-letters/retry", methods=["POST"])
@blueprint.durable_client_input(client_name="client")
@observed
async def retry_dead_letters(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Try the turns of the chosen letters again; answers 202 with counts."""
    services = get_services()
    if not services.runs:
        return answer_not_owner()
    choice = _read_choice(req)
    if isinstance(choice, func.HttpResponse):
        return choice
    try:
        report = await services.dead_letters.retry(choice.select())
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}")
    waiting = 0
    for key in report.threads:
        try:
            await services.start.start_thread(client, key)
        except TransientError:
            waiting += 1  # the sweeper starts it
    return answer_json(
        202,
        {
            "retried": report.retried,
            "not_retryable": report.not_retryable,
            "still_failing": report.still_failing,
            "threads": len(report.threads),
            "waiting_for_sweep": waiting,
        },
    )


@blueprint.function_name("drop_dead_letters")
@blueprint.route(route="dead-letters/drop", methods=["POST"])
@observed
async def drop_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Remove the chosen letters for good; answers 200 with the count.

    It starts nothing, so it is open where the processing is left to in-process clients, too.
    """
    choice = _read_choice(req)
    if isinstance(choice, func.HttpResponse):
        return choice
    try:
        dropped = await get_services().dead_letters.drop(choice.select())
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}")
    return answer_json(200, {"dropped": dropped})


def _read_choice(req: func.HttpRequest) -> _Choice | func.HttpResponse:
    try:
        return _Choice.model_validate_json(req.get_body())
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]["msg"]
        example = '{"ids": ["dead:..."]}, {"user_id": "..."} or {"all": true}'
        return answer_problem(400, "invalid_choice", f"{problem}; the body is one of {example}")
