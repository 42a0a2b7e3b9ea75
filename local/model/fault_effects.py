"""What an injected fault does to a call."""

import asyncio
from dataclasses import dataclass, replace

from aiohttp import web

from local.model.errors import ApiError, error_response, json_response
from local.model.faults import FaultRule


@dataclass(frozen=True)
class Completion:
    """The one choice of a chat answer."""

    content: str | None
    finish_reason: str = "stop"
    refusal: str | None = None


async def strike_call(request: web.Request, rule: FaultRule) -> web.Response | None:
    """Do what the rule does to the whole call; None when the call goes on to be answered."""
    if rule.kind in ("timeout", "delay"):
        await asyncio.sleep(rule.seconds)
        return _gateway_timeout() if rule.kind == "timeout" else None
    if rule.kind == "reset":
        if request.transport is not None:
            request.transport.abort()
        return _gateway_timeout()
    if rule.kind == "status":
        return _status_response(rule)
    if rule.kind == "content_filter" and (rule.status or 400) >= 400:
        return _filtered_prompt(rule.status or 400)
    return None


def spoil_completion(completion: Completion, rule: FaultRule) -> Completion:
    """The answer as the rule leaves it."""
    content = completion.content or ""
    match rule.kind:
        case "invalid_json":
            return replace(completion, content='{"facts": [{"text": ' + content[:40].rstrip("}]"))
        case "truncated":
            return replace(completion, content=content[: len(content) // 2], finish_reason="length")
        case "refusal":
            return Completion(content=None, refusal="I'm sorry, I cannot assist with that request.")
        case "content_filter":
            return Completion(content="", finish_reason="content_filter")
        case _:
            return completion


def _gateway_timeout() -> web.Response:
    return error_response(ApiError(504, "The request timed out.", code="timeout"))


def _status_response(rule: FaultRule) -> web.Response:
    headers = {} if rule.retry_after is None else {"Retry-After": f"{rule.retry_after:g}"}
    status = rule.status or 500
    code = "rate_limit_exceeded" if status == 429 else None
    return error_response(
        ApiError(status, f"Injected fault: status {status}.", code=code), headers=headers
    )


def _filtered_prompt(status: int) -> web.Response:
    """Azure OpenAI's answer to a prompt that its content filter refuses."""
    verdict = {"filtered": False, "severity": "safe"}
    error = {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
        "management policy. Please modify your prompt and retry.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": status,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {
                "hate": verdict,
                "self_harm": verdict,
                "sexual": verdict,
                "violence": {"filtered": True, "severity": "medium"},
            },
        },
    }
    return json_response({"error": error}, status=status)
