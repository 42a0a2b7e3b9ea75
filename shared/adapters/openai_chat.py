"""The ChatModel on any OpenAI-compatible endpoint, with or without strict JSON schemas."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from shared.adapters.openai_dialect import Dialect, Forms
from shared.adapters.openai_errors import translate_errors
from shared.domain.answer_schema import UnfitAnswerError, fit_answer
from shared.domain.answer_text import UnusableAnswerError, read_answer
from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.ports import Answer, Prompt

_log = logging.getLogger("agent_memory.model")
_MAX_ANSWER_TOKENS = 8_000
_CHARACTERS_A_TOKEN = 4
_FORMS = {
    "response_format": ("json_schema", "json_object"),
    "limit": ("max_completion_tokens", "max_tokens"),
    "temperature": ("temperature",),
    "seed": ("seed",),
}
_WITHOUT_SCHEMA = "\nAnswer one JSON object of this JSON schema and nothing else:\n"


class OpenAIChatModel:
    """Implements shared.ports.ChatModel; see there for the promises.

    What the endpoint does not take is found out and left out (see Dialect); what it answers without
    minding the schema is repaired where that is safe (see fit_answer).
    """

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model
        self._dialect = Dialect(_FORMS)

    async def complete(self, prompt: Prompt, payload: Mapping[str, Any]) -> Answer:
        """See ChatModel.complete."""
        data, sample = (json.dumps(each, ensure_ascii=False) for each in (payload, prompt.sample))
        request: Any = self._client.chat.completions.create

        async def call(forms: Forms) -> ChatCompletion:
            return await request(model=self._model, **_describe(prompt, data, forms))

        async def call_with_sample(forms: Forms) -> ChatCompletion:
            return await request(model=self._model, **_describe(prompt, sample, forms))

        with translate_errors(prompt.name):
            completion = await self._dialect.ask(call, call_with_sample)
        return _read_answer(prompt, completion, len(prompt.instructions) + len(data))


def _describe(prompt: Prompt, data: str, forms: Forms) -> dict[str, Any]:
    """The messages and optional parameters of a call."""
    instructions = prompt.instructions
    request: dict[str, Any] = {}
    form = forms.get("response_format")
    if form == "json_schema":
        described = {"name": prompt.schema_name, "strict": True, "schema": dict(prompt.schema)}
        request["response_format"] = {"type": "json_schema", "json_schema": described}
    else:
        instructions += _WITHOUT_SCHEMA + json.dumps(prompt.schema)
        if form:
            request["response_format"] = {"type": form}
    if limit := forms.get("limit"):
        request[limit] = _MAX_ANSWER_TOKENS
    request |= {name: value for name, value in (("temperature", 0), ("seed", 42)) if name in forms}
    request["messages"] = [
        {"role": "system", "content": instructions},
        {"role": "user", "content": data},
    ]
    return request


def _read_answer(prompt: Prompt, completion: ChatCompletion, prompt_characters: int) -> Answer:
    purpose = prompt.name
    if not completion.choices:
        raise InvalidAnswerError(purpose, "it has no choice")
    choice = completion.choices[0]
    if choice.finish_reason == "content_filter" or choice.message.refusal:
        raise ModelRefusedError(purpose, "content_filter")
    if choice.finish_reason == "length":
        raise ModelRefusedError(purpose, "answer_too_long")
    text = choice.message.content or ""
    try:
        fitted = fit_answer(read_answer(text, list(prompt.schema["properties"])), prompt.schema)
    except (UnusableAnswerError, UnfitAnswerError) as error:
        raise InvalidAnswerError(purpose, str(error)) from None
    if left_out := sum(map(len, fitted.left_out.values())):
        _log.warning("%d entries of an answer for %s cannot be read", left_out, purpose)
    usage = completion.usage
    return Answer(
        data=fitted.data,
        left_out=fitted.left_out,
        prompt_tokens=usage.prompt_tokens if usage else prompt_characters // _CHARACTERS_A_TOKEN,
        completion_tokens=usage.completion_tokens if usage else len(text) // _CHARACTERS_A_TOKEN,
    )
