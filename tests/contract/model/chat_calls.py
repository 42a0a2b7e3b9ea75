"""Chat calls as the app makes them."""

import json
from typing import Any

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

FACTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "facts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "category": {
                        "type": "string",
                        "enum": ["preference", "requirement", "biographical", "other"],
                    },
                    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "quote": {"type": "string"},
                    "duplicate_of": {"type": ["string", "null"]},
                },
                "required": ["text", "category", "confidence", "tags", "quote", "duplicate_of"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["facts"],
    "additionalProperties": False,
}


def turns_prompt(*texts: str) -> str:
    turns = [
        {
            "id": f"t{number}",
            "speaker": "user",
            "at": "2026-03-02T09:00:00+00:00",
            "text": text,
        }
        for number, text in enumerate(texts, start=1)
    ]
    return json.dumps({"turns": turns, "known": []})


async def complete(
    client: AsyncOpenAI,
    prompt: str,
    *,
    name: str = "ExtractMemories",
    schema: dict[str, Any] = FACTS_SCHEMA,
    **parameters: Any,
) -> ChatCompletion:
    return await client.chat.completions.create(
        model="any-model",
        messages=[
            {"role": "system", "content": "Extract memories."},
            {"role": "user", "content": prompt},
        ],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": name, "strict": True, "schema": schema},
        },
        **parameters,
    )


def content_of(completion: ChatCompletion) -> Any:
    content = completion.choices[0].message.content
    assert content is not None
    return json.loads(content)
