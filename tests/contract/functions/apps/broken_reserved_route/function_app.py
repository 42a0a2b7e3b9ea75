"""A route that belongs to the host."""

import azure.functions as func

app = func.FunctionApp()


@app.route(route="admin/users")
def users(req: func.HttpRequest) -> str:
    return "users"
