"""An app that a test copies and edits while it runs."""

import asyncio
import os

import azure.functions as func
from words import WORD

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="word")
def word(req: func.HttpRequest) -> str:
    return WORD


@app.route(route="process")
def process(req: func.HttpRequest) -> str:
    return str(os.getpid())


@app.route(route="slow")
async def slow(req: func.HttpRequest) -> str:
    await asyncio.sleep(1.5)
    return WORD
