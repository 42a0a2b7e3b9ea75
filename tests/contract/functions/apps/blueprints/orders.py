"""Functions that another file registers."""

import azure.functions as func

orders = func.Blueprint()


@orders.route(route="orders/{id:int}", methods=["GET"])
async def get_order(req: func.HttpRequest) -> str:
    return f"order {req.route_params['id']}"
