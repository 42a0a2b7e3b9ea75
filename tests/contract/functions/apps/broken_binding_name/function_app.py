"""A binding whose name is not that of the parameter."""

import azure.functions as func

app = func.FunctionApp()


@app.timer_trigger(arg_name="clock", schedule="0 0 0 1 1 *")
def clean_up(timer: func.TimerRequest) -> None:
    return
