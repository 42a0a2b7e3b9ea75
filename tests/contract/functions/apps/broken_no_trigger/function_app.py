"""A function that nothing starts."""

import azure.functions as func

app = func.FunctionApp()


@app.function_name("idle")
@app.queue_output(arg_name="message", queue_name="orders", connection="STORAGE")
def idle(message: func.Out[str]) -> None:
    return
