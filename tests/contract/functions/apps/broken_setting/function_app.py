"""A binding that names a setting which is not set."""

import azure.functions as func

app = func.FunctionApp()


@app.timer_trigger(arg_name="timer", schedule="%CLEANUP_SCHEDULE%")
def clean_up(timer: func.TimerRequest) -> None:
    return
