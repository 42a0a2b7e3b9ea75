"""Language models: prompts and answers, chat, embeddings."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's static part.

    `version` is given as a number that people count by, and gets a hash of the rest appended: it
    changes whenever `instructions` or `schema` do, whether anybody has thought of it or not.
    `sample` is a payload that any model which works at all can answer.
    """

    name: str
    version: str
    schema_name: str
    instructions: str
    schema: Mapping[str, Any]
    sample: Mapping[str, Any]

    def __post_init__(self) -> None:
        text = json.dumps([self.schema_name, self.instructions, self.schema])
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        object.__setattr__(self, "version", f"{self.version}.{digest}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer that parsed as JSON, and what it cost in tokens.

    `left_out` are the places, by the names of the lists, of entries that are not in `data` because
    they could not be read.
    """

    data: dict[str, Any]
    prompt_tokens: int
    completion_tokens: int
    left_out: Mapping[str, Sequence[int]] = field(default_factory=dict[str, list[int]])


class ChatModel(Protocol):
    """A chat model that answers in a given JSON schema."""

    async def complete(self, prompt: Prompt, payload: Mapping[str, Any]) -> Answer:
        """The answer to the prompt with `payload` as its one user message, as JSON.

        Raises ModelUnavailableError or InvalidAnswerError (another try may succeed) and
        ModelRefusedError (none will).
        """
        ...


class Embedder(Protocol):
    """A text embedding model."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, in order. Raises ModelUnavailableError."""
        ...
