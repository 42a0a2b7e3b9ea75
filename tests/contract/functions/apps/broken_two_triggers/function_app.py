"""A function that two things start."""

import azure.functions as func

app = func.FunctionApp()


@app.route(route="both")
@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
def both(req: func.HttpRequest, timer: func.TimerRequest) -> str:
    return "both"
