"""The HTTP API for the state of processing: read it."""

import azure.durable_functions as df
import azure.functions as func

from shared.domain.errors import TransientError
from shared.wiring import get_services, observed
from triggers.responses import answer_json, answer_problem

blueprint = df.Blueprint()


@blueprint.function_name("status")
@blueprint.route(route="status", methods=["GET"])
@observed
async def status(req: func.HttpRequest) -> func.HttpResponse:
    """What is counted, processed, pending and under way, over all users."""
    try:
        return answer_json(200, await get_services().report_status.run())
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}")
