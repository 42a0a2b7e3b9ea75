"""Keeping sensitive data from every service and every model, by standing before their ports.

The turn reader is where content enters, so that no service can forget it: what it hands out holds
nothing sensitive, and neither does a memory or a quote made of it. The models stand guarded as
well: a summary or a fact that was stored before redaction was switched on is shown to them too.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

from shared.domain.turns import ThreadKey, Turn
from shared.ports import Answer, ChatModel, Embedder, Prompt, Redactor, TurnReader


class RedactingTurnReader:
    """Implements shared.ports.TurnReader over another one.

    With `withhold` a turn with anything sensitive in it comes without content and metadata; else
    placeholders stand for the passages.
    """

    def __init__(self, turns: TurnReader, redactor: Redactor, *, withhold: bool) -> None:
        self._turns = turns
        self._redactor = redactor
        self._withhold = withhold

    async def read(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[Turn]:
        """See TurnReader.read."""
        turns = await self._turns.read(key, turn_ids)
        # A long turn takes a while: the worker's other work goes on meanwhile.
        return await asyncio.to_thread(lambda: [self._redact(turn) for turn in turns])

    def scan(
        self, since: int, until: int, *, user_id: str | None = None, page_size: int = 500
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """See TurnReader.scan."""
        return self._turns.scan(since, until, user_id=user_id, page_size=page_size)

    def _redact(self, turn: Turn) -> Turn:
        content = self._redactor.redact(turn.content)
        metadata, found = self._redact_values(turn.metadata)
        if not content.kinds and not found:
            return turn
        if self._withhold:
            return turn.model_copy(update={"content": "", "metadata": {}, "withheld": True})
        return turn.model_copy(update={"content": content.text, "metadata": metadata})

    def _redact_values(self, metadata: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """The metadata redacted, and whether there was anything; a number may be a card's."""
        redacted: dict[str, Any] = {}
        found = False
        for key, value in metadata.items():
            redaction = self._redactor.redact(str(value))
            redacted[key] = redaction.text if redaction.kinds else value
            found = found or bool(redaction.kinds)
        return redacted, found


class RedactingChatModel:
    """Implements shared.ports.ChatModel over another one: no payload holds anything sensitive."""

    def __init__(self, model: ChatModel, redactor: Redactor) -> None:
        self._model = model
        self._redactor = redactor

    async def complete(self, prompt: Prompt, payload: Mapping[str, Any]) -> Answer:
        """See ChatModel.complete."""
        redacted = await asyncio.to_thread(_redact_json, payload, self._redactor)
        return await self._model.complete(prompt, cast("Mapping[str, Any]", redacted))


class RedactingEmbedder:
    """Implements shared.ports.Embedder over another one: no text holds anything sensitive."""

    def __init__(self, embedder: Embedder, redactor: Redactor) -> None:
        self._embedder = embedder
        self._redactor = redactor

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """See Embedder.embed."""
        redacted = await asyncio.to_thread(
            lambda: [self._redactor.redact(text).text for text in texts]
        )
        return await self._embedder.embed(redacted)


def _redact_json(value: object, redactor: Redactor) -> object:
    if isinstance(value, str):
        return redactor.redact(value).text
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: _redact_json(item, redactor) for key, item in items}
    if isinstance(value, list | tuple):
        return [_redact_json(item, redactor) for item in cast("Sequence[object]", value)]
    return value
