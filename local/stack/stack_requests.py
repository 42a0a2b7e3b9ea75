"""Requests to the servers of the stack that runs on a data folder."""

import json
import shlex
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from local.stack.errors import StackError


@dataclass(frozen=True)
class StackRequests:
    """Asks for JSON; what does not go well is an error that says what to do."""

    session: aiohttp.ClientSession
    data: Path

    async def ask(self, method: str, url: str, **request: Any) -> Any:
        """The answer's JSON.

        Raises StackError with the server's own message where it refuses, and with the place of its
        log where it has none; StackError when nobody answers.
        """
        try:
            async with self.session.request(method, url, **request) as response:
                text = await response.text()
        except aiohttp.ClientConnectorError as error:
            start = f"./dev up --data {shlex.quote(str(self.data))}"
            raise StackError(f"no stack answers at {url}: start it with {start}") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StackError(f"{method} {url} was not answered: {self._look}") from error
        answer = _parse(text)
        if response.status < HTTPStatus.BAD_REQUEST and answer is not None:
            return answer
        told = _find_message(answer)
        if HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            told = told or text.strip()
        raise StackError(told or f"{method} {url} was answered {response.status}: {self._look}")

    @property
    def _look(self) -> str:
        return f"see the logs in {self.data / 'logs'}"


@asynccontextmanager
async def stack_requests(data: Path) -> AsyncGenerator[StackRequests]:
    """Requests to the stack on a data folder, until the block ends."""
    async with aiohttp.ClientSession() as session:
        yield StackRequests(session, data)


def _parse(text: str) -> Any:
    """The value of a JSON text; None for what is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _find_message(answer: Any) -> str | None:
    """What the app, as `error.message`, or a stand-in, as `message`, says of a refusal."""
    match answer:
        case {"error": {"message": str(message)}} | {"message": str(message)}:
            return message
        case _:
            return None
