"""A chat model whose tokens are told to telemetry."""

from collections.abc import Mapping
from typing import Any

from shared.ports import Answer, ChatModel, Prompt, Telemetry


class TellingChatModel:
    """Implements shared.ports.ChatModel on another one; see there for the promises."""

    def __init__(self, model: ChatModel, telemetry: Telemetry) -> None:
        self._model = model
        self._telemetry = telemetry

    async def complete(self, prompt: Prompt, payload: Mapping[str, Any]) -> Answer:
        """See ChatModel.complete."""
        answer = await self._model.complete(prompt, payload)
        self._telemetry.tokens_used(answer.prompt_tokens, answer.completion_tokens)
        return answer
