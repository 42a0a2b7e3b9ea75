"""A schedule that is not NCRONTAB."""

import azure.functions as func

app = func.FunctionApp()


@app.timer_trigger(arg_name="timer", schedule="0 61 * * * *")
def clean_up(timer: func.TimerRequest) -> None:
    return
