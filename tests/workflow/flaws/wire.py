"""The app's own model adapter on a real endpoint, whose answers are made of what was sent."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from shared.adapters.openai_chat import OpenAIChatModel
from shared.adapters.openai_client import build_openai_client
from tests.fakes.chat_model import Payload, Reply, Rule
from tests.fakes.memory_app import MemoryApp
from tests.fakes.model_endpoint import Body, ModelEndpoint, completion, serving_script
from tests.fakes.model_endpoint import Reply as HttpReply


class TooLongError(Exception):
    """A rule raises it for an answer that the model cannot end in the tokens that it has."""


@asynccontextmanager
async def wired(app: MemoryApp, rules: Mapping[str, Rule]) -> AsyncIterator[ModelEndpoint]:
    """Let the app ask an endpoint that answers each schema by its rule."""

    def answer(body: Body) -> HttpReply:
        reply: Reply
        try:
            reply = rules[schema_of(body)](read_payload(body))
        except TooLongError:
            return completion('{"over', finish="length")
        assert isinstance(reply, dict)
        return completion(json.dumps(reply))

    async with serving_script() as endpoint:
        endpoint.answer_by(answer)
        async with build_openai_client(f"{endpoint.url}/v1", "key", "", 10) as client:
            app.services = app.assemble(OpenAIChatModel(client, "chat"))
            yield endpoint


def schema_of(body: Body) -> str:
    return str(body["response_format"]["json_schema"]["name"])


def read_payload(body: Body) -> Payload:
    """The data of a request, as a model that reads JSON understands it."""
    [_, data] = body["messages"]
    return json.loads(data["content"])
