"""Stands before the model server: a model that words its answer differently every time.

The stand-in model always answers the same, which would hide an answer that is asked for twice. Here
the first answer about a turn passes as it is; a later one says the same in other words. Replies
that get lost are made here too, as the model server cannot, and refusals of what is said.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Collection
from http import HTTPStatus
from random import Random
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.chaos.workload import all_numbers, unique_number

_PASSED_ON = ("authorization", "content-type", "api-key")
_CHAT = "/chat/completions"
_FILTERED = {
    "message": "The prompt triggered the content filter.",
    "type": None,
    "param": "prompt",
    "code": "content_filter",
    "status": 400,
}


class ModelProxy:
    """Serves on a free port, before the model server at an address."""

    def __init__(self, model_url: str) -> None:
        self._model_url = model_url
        self._session: aiohttp.ClientSession | None = None
        self._runner = web.ServerRunner(
            web.Server(self._respond, access_log=None), shutdown_timeout=0.1
        )
        self._told: Counter[int] = Counter()
        self._draw = Random(0)
        self._rule: dict[str, Any] = {}
        self._thinking = 0.0
        self._refused: set[int] = set()
        self._met: set[int] = set()
        self._struck: Counter[str] = Counter()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        if self._session:
            await self._session.close()

    def begin(self, seed: int, thinking_seconds: float, refused: Collection[int] = ()) -> None:
        """Forget what was told in the seed before; from now on answers take up to so long.

        Prompts that tell of the turns `refused` are refused, as a content filter does.
        """
        self._thinking = thinking_seconds
        self._refused = set(refused)
        self._met.clear()
        self._told.clear()
        self._draw = Random(seed)
        self._rule = {}
        self._struck.clear()

    def accept(self, numbers: Collection[int]) -> None:
        """From now on take prompts that tell of these turns."""
        self._refused.difference_update(numbers)

    def lose_replies(self, rule: dict[str, Any]) -> None:
        """Let some replies get lost, `count` at most."""
        self._rule = dict(rule)

    def end_faults(self) -> Counter[str]:
        """Lose no more replies; what has struck since this was last asked, by kind.

        Of turns that are refused each counts once.
        """
        self._rule = {}
        struck = self._struck.copy()
        self._struck.clear()
        return struck

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._session is not None
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        try:
            body = await request.read()
            if self._refuses(request.path, body):
                return web.json_response({"error": _FILTERED}, status=HTTPStatus.BAD_REQUEST)
            async with self._session.post(
                f"{self._model_url}{request.path}", data=body, headers=headers
            ) as reply:
                answer, status = await reply.read(), reply.status
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            return _hang_up(request)
        await asyncio.sleep(self._draw.uniform(0, self._thinking))
        if self._loses(request.path):
            return _hang_up(request)
        if status == HTTPStatus.OK and request.path.endswith(_CHAT):
            answer = self._reword(answer)
        return web.Response(status=status, body=answer, content_type="application/json")

    def _refuses(self, path: str, body: bytes) -> bool:
        if not self._refused or not path.endswith(_CHAT):
            return False
        refused = self._refused & all_numbers(body.decode())
        self._struck["refused turn"] += len(refused - self._met)
        self._met |= refused
        return bool(refused)

    def _loses(self, path: str) -> bool:
        of_chat = path.endswith(_CHAT)
        if not self._rule or (self._rule["operation"] == "chat") != of_chat:
            return False
        if self._rule["count"] == 0 or self._draw.random() >= self._rule["probability"]:
            return False
        self._rule["count"] -= 1
        self._struck["model lose_reply"] += 1
        return True

    def _reword(self, body: bytes) -> bytes:
        """The answer, with what it says of a turn in other words if that was told before."""
        completion = json.loads(body)
        message = completion["choices"][0]["message"]
        try:
            answer = json.loads(message["content"] or "")
            facts = answer["facts"]
        except (ValueError, KeyError, TypeError):
            return body
        for fact in facts:
            number = unique_number(fact["text"])
            if number is not None:
                self._told[number] += 1
                if self._told[number] > 1:
                    fact["text"] = fact["text"].replace(
                        "The user bought", f"For the {self._told[number]}th time, the user bought"
                    )
        message["content"] = json.dumps(answer)
        return json.dumps(completion).encode()


def _hang_up(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere: the web server wants one
