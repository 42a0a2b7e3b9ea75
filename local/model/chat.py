"""Chat completions: from a request body to an answer in OpenAI's shape."""

import time

import mmh3
import orjson

from local.model.answers.registry import answer_purpose
from local.model.chat_request import TOKEN_CHARACTERS, ChatRequest, schema_of
from local.model.errors import ApiError
from local.model.fault_effects import Completion
from local.model.json_values import Json, as_object, parse_json
from local.model.schema_instance import build_instance
from local.model.schema_scalars import MISSING, UnsupportedSchemaError

PLAIN_ANSWER = "I am a rule-based stand-in and answer JSON schemas only."


def complete_chat(request: ChatRequest, body: Json) -> Completion:
    """Answer a request; the same request always gets the same answer.

    Raises:
        ApiError: 400 when no value can be built for the schema.
    """
    content = _answer(request, body)
    limit = request.completion_limit
    if limit is not None and len(content) > limit * TOKEN_CHARACTERS:
        return Completion(content[: limit * TOKEN_CHARACTERS], finish_reason="length")
    return Completion(content)


def shape_completion(request: ChatRequest, model: str, completion: Completion) -> dict[str, object]:
    """The answer as a chat.completion object."""
    prompt_tokens = _count_tokens(request.prompt_characters)
    completion_tokens = _count_tokens(len(completion.content or completion.refusal or ""))
    return {
        "id": f"chatcmpl-{_fingerprint(request)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": completion.content,
                    "refusal": completion.refusal,
                    "annotations": [],
                },
                "logprobs": None,
                "finish_reason": completion.finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_stand_in",
    }


def _answer(request: ChatRequest, body: Json) -> str:
    schema_format = request.schema_format
    if schema_format is None:
        wants_object = request.response_format and request.response_format.type == "json_object"
        return "{}" if wants_object else PLAIN_ANSWER
    schema = schema_of(schema_format, body)
    prompt = "\n".join(message.text for message in request.messages if message.role == "user")
    answer = answer_purpose(schema_format.name, prompt)
    try:
        fitted = build_instance(schema, MISSING if answer is None else answer)
        return orjson.dumps(fitted).decode()
    except (UnsupportedSchemaError, orjson.JSONEncodeError) as error:
        raise ApiError(
            400,
            f"Invalid schema for response_format '{schema_format.name}': {error}.",
            param="response_format",
            code="invalid_json_schema",
        ) from error


def _count_tokens(characters: int) -> int:
    return -(-characters // TOKEN_CHARACTERS)


def _fingerprint(request: ChatRequest) -> str:
    prompt = "\0".join(message.text for message in request.messages)
    return f"{mmh3.hash128(f'{request.schema_name}\0{prompt}'.encode(), signed=False):032x}"


def read_body(data: bytes) -> Json:
    """Parse a request body.

    Raises:
        ApiError: 400 when it is not JSON.
    """
    try:
        return parse_json(data)
    except ValueError as error:
        raise ApiError(400, "We could not parse the JSON body of your request.") from error


def requested_model(body: Json, deployment: str | None) -> str:
    """The model that a request names, in the path (Azure) or in the body.

    Raises:
        ApiError: 400 when neither names one.
    """
    name = deployment or as_object(body).get("model")
    if not isinstance(name, str) or not name:
        raise ApiError(
            400,
            "you must provide a model parameter",
            param="model",
            code="missing_required_parameter",
        )
    return name
