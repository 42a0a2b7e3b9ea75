"""The HTTP API for a flush: ask for everything that is open to be processed now."""

import azure.durable_functions as df
import azure.functions as func

from shared.domain.errors import TransientError
from shared.wiring import get_services, observed
from triggers.responses import answer_json, answer_not_owner, answer_problem

blueprint = df.Blueprint()


@blueprint.function_name("flush")
@blueprint.route(route="flush", methods=["POST"])
@blueprint.durable_client_input(client_name="client")
@observed
async def flush(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Process everything that is open, of all users or of `?user_id=`; answers 202 with counts.

    What fails is counted too; the sweeper tries it again.
    """
    services = get_services()
    if not services.runs:
        return answer_not_owner()
    try:
        report = await services.flush.run(req.params.get("user_id"))
        for key in report.threads:
            await report.attempt(services.start.start_thread(client, key))
        for user_id in report.users:
            await report.attempt(services.start.start_user(client, user_id))
    except TransientError as error:
        return answer_problem(503, error.code, f"{error}")
    counts = {"threads": len(report.threads), "users": len(report.users), "failed": report.failed}
    return answer_json(202, counts)
