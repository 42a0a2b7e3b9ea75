"""Answers of the HTTP API: JSON, and problems with a stable code."""

import json
from typing import Any

import azure.functions as func
from pydantic import ValidationError


def answer_json(status_code: int, body: dict[str, Any]) -> func.HttpResponse:
    """A JSON body under a status code."""
    return func.HttpResponse(json.dumps(body), status_code=status_code, mimetype="application/json")


def answer_not_owner() -> func.HttpResponse:
    """This app leaves all processing to in-process clients."""
    return answer_problem(409, "not_owner", "MEMORY_PROCESSOR_OWNER=inprocess: nothing runs here")


def answer_problem(status_code: int, code: str, message: str) -> func.HttpResponse:
    """What went wrong, with a code for machines and a sentence for people."""
    return answer_json(status_code, {"error": {"code": code, "message": message}})


def answer_invalid(code: str, error: ValidationError, example: str) -> func.HttpResponse:
    """The first thing that is wrong with a request's body, and what a body looks like."""
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, problem["loc"])) or "body"
    return answer_problem(400, code, f"{where}: {problem['msg']}; the body is such as {example}")
