"""An app that takes its time to import, and says when it begins."""

import logging
import time

import azure.functions as func

logging.getLogger("app").info("importing")
time.sleep(0.5)

app = func.FunctionApp()


@app.route(route="one")
def one(req: func.HttpRequest) -> str:
    return "one"
