"""A model server of the caller's in place of the stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from local.stack.environment import Addresses
from local.stack.errors import USAGE, StackError


@dataclass(frozen=True)
class OwnModel:
    """An OpenAI-compatible server: its base URL and the key that it asks for, empty if none."""

    url: str
    key: str

    @classmethod
    def read(cls, url: str, caller: Mapping[str, str]) -> Self:
        """The server at a URL, with the key of the caller's environment.

        Raises StackError for what is no http(s) URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise StackError(
                f"--model: {url!r} is no URL; give the base of an OpenAI-compatible server, such as"
                " http://localhost:11434/v1",
                USAGE,
            )
        return cls(url=url, key=caller.get("AI_FOUNDRY_API_KEY", ""))

    def take_place(self, addresses: Addresses) -> Addresses:
        """The addresses with this server for the model."""
        return replace(addresses, model=self.url, model_key=self.key)
