"""An output binding that this host does not have."""

import azure.functions as func

app = func.FunctionApp()


@app.route(route="orders")
@app.queue_output(arg_name="message", queue_name="orders", connection="STORAGE")
def take_order(req: func.HttpRequest, message: func.Out[str]) -> str:
    message.set("order")
    return "taken"
