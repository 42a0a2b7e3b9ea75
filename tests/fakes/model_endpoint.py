"""An OpenAI-compatible endpoint that plays a script over HTTP, and fails loudly at its end."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

type Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the endpoint answers: a status and a body."""

    status: int
    body: Body


type Step = Reply | Callable[[Body], Reply]


class ModelEndpoint:
    """The endpoint; `requests` is what it was asked, `url` the base of its API."""

    def __init__(self) -> None:
        self.requests: list[Body] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self._script: list[Step] = []
        self._rule: Callable[[Body], Reply] | None = None

    def answer(self, *steps: Step) -> None:
        """Answer the next requests so, in this order."""
        self._script += steps

    def answer_by(self, rule: Callable[[Body], Reply]) -> None:
        """Answer so whatever is asked once the script has been played."""
        self._rule = rule

    async def handle(self, request: web.Request) -> web.Response:
        body: Body = json.loads(await request.read())
        self.requests.append(body)
        self.paths.append(request.path_qs)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        step = self._script.pop(0) if self._script else self._rule
        if step is None:
            # No status that an adapter would take for an outage, a refusal or an answer.
            return web.json_response({"error": {"message": "the script has ended"}}, status=418)
        reply = step if isinstance(step, Reply) else step(body)
        return web.json_response(reply.body, status=reply.status)

    def assert_script_was_played(self) -> None:
        assert not self._script, f"{len(self._script)} answers that nobody asked for"


@asynccontextmanager
async def serving_script() -> AsyncIterator[ModelEndpoint]:
    """An endpoint on a free port; at the end its script must have been played."""
    endpoint = ModelEndpoint()
    app = web.Application()
    app.router.add_post("/{path:.*}", endpoint.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield endpoint
    finally:
        await runner.cleanup()
    endpoint.assert_script_was_played()


def completion(content: str | None, *, finish: str = "stop", **fields: Any) -> Reply:
    """A chat completion with this content; `usage` and `refusal` as given, else as usual."""
    refusal = fields.pop("refusal", None)
    message = {"role": "assistant", "content": content, "refusal": refusal}
    choice = {"index": 0, "finish_reason": finish, "message": message}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    base = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    return Reply(200, {**base, "choices": [choice], "usage": usage, **fields})


def refusal(status: int = 400, **error: Any) -> Reply:
    """An error in OpenAI's form: `param`, `code`, `type`."""
    return Reply(status, {"error": {"message": "no", "param": None, "code": None, **error}})


def vectors(*embeddings: list[float] | str, order: list[int] | None = None) -> Reply:
    """An embeddings reply, floats or base64 as given, its entries in this order."""
    entries = [
        {"object": "embedding", "index": index, "embedding": embedding}
        for index, embedding in enumerate(embeddings)
    ]
    data = [entries[index] for index in order] if order else entries
    return Reply(200, {"object": "list", "data": data, "model": "m"})
