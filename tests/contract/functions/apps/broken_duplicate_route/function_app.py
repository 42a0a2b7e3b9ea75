"""Two functions that answer the same requests."""

import azure.functions as func

app = func.FunctionApp()


@app.route(route="same", methods=["GET"])
def one(req: func.HttpRequest) -> str:
    return "one"


@app.route(route="same", methods=["GET", "POST"])
def two(req: func.HttpRequest) -> str:
    return "two"
