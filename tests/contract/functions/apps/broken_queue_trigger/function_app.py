"""A trigger that this host does not have."""

import azure.functions as func

app = func.FunctionApp()


@app.queue_trigger(arg_name="message", queue_name="orders", connection="STORAGE")
def on_order(message: func.QueueMessage) -> None:
    return
