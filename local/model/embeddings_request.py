"""An embeddings request, and its answer in OpenAI's shape."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from local.model.chat_request import TOKEN_CHARACTERS
from local.model.embeddings import Vector, embed_text
from local.model.errors import ApiError
from local.model.json_values import Json

MOST_INPUTS = 2048
MOST_TOKENS = 8192
MOST_DIMENSIONS = 3072
PARAMETERS = frozenset({"input", "model", "dimensions", "encoding_format", "user"})


@dataclass(frozen=True)
class EmbeddingsRequest:
    """What is to be embedded, and how the vectors are to be written."""

    texts: Sequence[str]
    dimensions: int
    encoding_format: Literal["float", "base64"]


def parse_embeddings_request(body: Json, default_dimensions: int) -> EmbeddingsRequest:
    """Check a request body.

    Raises:
        ApiError: 400 naming the parameter that is wrong or not supported.
    """
    if not isinstance(body, dict):
        raise ApiError(400, "The request body must be one JSON object.")
    for name in body.keys() - PARAMETERS:
        message = f"Unsupported parameter: '{name}' is not supported by this endpoint."
        raise ApiError(400, message, param=name, code="unsupported_parameter")
    encoding = body.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise _invalid("encoding_format", "must be 'float' or 'base64'")
    return EmbeddingsRequest(
        texts=_parse_input(body.get("input")),
        dimensions=_parse_dimensions(body.get("dimensions"), default_dimensions),
        encoding_format="base64" if encoding == "base64" else "float",
    )


def answer_embeddings(request: EmbeddingsRequest, model: str) -> dict[str, object]:
    """The list object with one embedding per text, in the order of the texts."""
    tokens = sum(-(-len(text) // TOKEN_CHARACTERS) for text in request.texts)
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _encode(embed_text(text, request.dimensions), request.encoding_format),
            }
            for index, text in enumerate(request.texts)
        ],
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _encode(vector: Vector, encoding: Literal["float", "base64"]) -> str | list[float]:
    rounded = np.round(vector, 6)
    if encoding == "base64":
        return base64.b64encode(rounded.astype("<f4").tobytes()).decode()
    return [float(value) for value in rounded]


def _parse_input(value: Json) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts:
        raise _invalid("input", "must be a string or a non-empty array of strings")
    if len(texts) > MOST_INPUTS:
        raise _invalid("input", f"must have at most {MOST_INPUTS} entries")
    checked: list[str] = []
    for text in texts:
        if not isinstance(text, str):
            raise _invalid("input", "must hold strings; arrays of tokens are not supported")
        if not text:
            raise _invalid("input", "cannot be an empty string")
        if len(text) > MOST_TOKENS * TOKEN_CHARACTERS:
            raise ApiError(
                400,
                f"This model's maximum context length is {MOST_TOKENS} tokens, however you "
                f"requested {len(text) // TOKEN_CHARACTERS} tokens. Please reduce your prompt.",
                param="input",
                code="context_length_exceeded",
            )
        checked.append(text)
    return checked


def _parse_dimensions(value: Json, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_DIMENSIONS:
        raise _invalid("dimensions", f"must be an integer from 1 to {MOST_DIMENSIONS}")
    return value


def _invalid(name: str, reason: str) -> ApiError:
    return ApiError(
        400, f"Invalid value for '{name}': it {reason}.", param=name, code="invalid_value"
    )
