"""The ChatModel on an OpenAI-compatible chat completions endpoint with strict JSON schemas."""

import json
from collections.abc import Mapping
from typing import Any, cast

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from shared.adapters.openai_errors import translate_errors
from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.ports import Answer, Prompt

_MAX_ANSWER_TOKENS = 8_000


class OpenAIChatModel:
    """Implements shared.ports.ChatModel; see there for the promises."""

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model

    async def complete(self, prompt: Prompt, payload: Mapping[str, Any]) -> Answer:
        """See ChatModel.complete."""
        with translate_errors(prompt.name):
            completion = await self._client.chat.completions.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": prompt.instructions},
                    {"role": "user", "content": json.dumps(payload, ensure_ascii=False)},
                ],
                response_format={
                    "type": "json_schema",
                    "json_schema": {
                        "name": prompt.schema_name,
                        "strict": True,
                        "schema": dict(prompt.schema),
                    },
                },
                max_completion_tokens=_MAX_ANSWER_TOKENS,
            )
        return _read_answer(prompt.name, completion)


def _read_answer(purpose: str, completion: ChatCompletion) -> Answer:
    if not completion.choices:
        raise InvalidAnswerError(purpose, "it has no choice")
    choice = completion.choices[0]
    if choice.finish_reason == "content_filter" or choice.message.refusal:
        raise ModelRefusedError(purpose, "content_filter")
    if choice.finish_reason == "length":
        raise ModelRefusedError(purpose, "answer_too_long")
    try:
        data = json.loads(choice.message.content or "")
    except ValueError:
        raise InvalidAnswerError(purpose, "it is not JSON") from None
    if not isinstance(data, dict):
        raise InvalidAnswerError(purpose, "it is not a JSON object")
    usage = completion.usage
    return Answer(
        data=cast("dict[str, Any]", data),
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
    )
