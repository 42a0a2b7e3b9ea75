"""An app that pages of other origins may call."""

import azure.functions as func

app = func.FunctionApp()


@app.route(route="data", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def data(req: func.HttpRequest) -> str:
    return "data"


@app.route(route="locked", auth_level=func.AuthLevel.FUNCTION)
def locked(req: func.HttpRequest) -> str:
    return "locked"
