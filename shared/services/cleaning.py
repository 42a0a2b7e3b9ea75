"""Keeping what nobody sees, and texts without an end, out of all that is made of a model's answer.

It stands before the chat model's port, so that no service can forget it: facts, episodes, rules,
summaries and profiles are made of answers.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from shared.domain.text import cut_at_word
from shared.domain.unseen import neutralise_unseen
from shared.ports import Answer, ChatModel, Prompt

MAX_TEXT = 4_000
"""Characters of one text of an answer; each kind of memory has shorter bounds of its own."""


class CleaningChatModel:
    """Implements shared.ports.ChatModel over another one: answers hold clean, bounded texts."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    async def complete(self, prompt: Prompt, payload: Mapping[str, Any]) -> Answer:
        """See ChatModel.complete."""
        answer = await self._model.complete(prompt, payload)
        return replace(answer, data=cast("dict[str, Any]", _clean(answer.data)))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return neutralise_unseen(cut_at_word(value, MAX_TEXT))
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {name: _clean(item) for name, item in items}
    if isinstance(value, list):
        return [_clean(item) for item in cast("list[object]", value)]
    return value
