"""Adding up what the answers to one piece of work cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.ports import Answer, ChatModel, Prompt


@dataclass(slots=True)
class MeteredChatModel:
    """Implements shared.ports.ChatModel; `tokens` are those of all answers so far."""

    model: ChatModel
    tokens: int = 0

    async def complete(self, prompt: Prompt, payload: Mapping[str, Any]) -> Answer:
        """See ChatModel.complete."""
        answer = await self.model.complete(prompt, payload)
        self.tokens += answer.prompt_tokens + answer.completion_tokens
        return answer
