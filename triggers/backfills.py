"""The HTTP API for backfills: ask for one, look at them, stop them."""

import azure.durable_functions as df
import azure.functions as func
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.domain.backfill import BackfillRequest
from shared.domain.errors import TransientError
from shared.wiring import get_services, observed
from triggers.responses import answer_invalid, answer_json, answer_not_owner, answer_problem

blueprint = df.Blueprint()


class _Wanted(BaseModel):
    """The body of a request; all turns of all users without any of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: str | None = Field(default=None, min_length=1)
    since: AwareDatetime | None = None
    reprocess: bool = False

    def to_request(self) -> BackfillRequest:
        since = int(self.since.timestamp()) if self.since else 0
        return BackfillRequest(user_id=self.user_id, since=max(0, since), reprocess=self.reprocess)


class _Cancelled(BaseModel):
    """The body of a cancellation; all backfills without an id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = None


@blueprint.function_name("begin_backfill")
@blueprint.route(route="backfill", methods=["POST"])
@blueprint.durable_client_input(client_name="client")
@observed
async def begin_backfill(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Begin a backfill, or join the one of the same request; answers 202 with its progress."""
    services = get_services()
    if not services.runs:
        return answer_not_owner()
    try:
        wanted = _Wanted.model_validate_json(req.get_body() or b"{}")
    except ValidationError as error:
        return answer_invalid(
            "invalid_backfill", error, '{"user_id": "...", "since": "2026-07-01T00:00:00Z"}'
        )
    try:
        begun = await services.backfills.begin(wanted.to_request())
        await services.start.start_backfill(client, begun["id"])
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}")
    return answer_json(202, begun)


@blueprint.function_name("list_backfills")
@blueprint.route(route="backfill", methods=["GET"])
@observed
async def list_backfills(req: func.HttpRequest) -> func.HttpResponse:
    """The backfills of the last month, newest first, or the one with `?id=`."""
    try:
        found = await get_services().backfills.describe_all(req.params.get("id"))
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}")
    return answer_json(200, {"backfills": found})


@blueprint.function_name("cancel_backfills")
@blueprint.route(route="backfill/cancel", methods=["POST"])
@observed
async def cancel_backfills(req: func.HttpRequest) -> func.HttpResponse:
    """Stop a backfill, or all; threads that were begun are finished. Answers 200 with the count."""
    try:
        chosen = _Cancelled.model_validate_json(req.get_body() or b"{}")
    except ValidationError as error:
        return answer_invalid("invalid_backfill", error, '{"id": "backfill:..."}')
    try:
        cancelled = await get_services().backfills.cancel(chosen.id)
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}")
    return answer_json(200, {"cancelled": cancelled})
