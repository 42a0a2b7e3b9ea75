"""A model that knows the gold: shown turns, it answers the observations that they prove.

It serves OpenAI's protocol on this machine. To every comparison it answers that nothing is a
duplicate and nothing a contradiction, and every other question as briefly as the schema allows, so
that whatever is lost, doubled or misplaced is the app's own doing. Vectors are local.model's.
"""

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bench.quality.gold import Gold, Observation
from local.model.embeddings_request import answer_embeddings, parse_embeddings_request

_EXTRACTION = "ExtractMemories"
_LARGEST_BODY = 64 * 1024 * 1024

type ShownTurn = tuple[str, str]
"""A turn's user and its name within the conversation."""


class GoldModel:
    """The model, and what it was shown as new material: turns, each with the number of prompts."""

    def __init__(self, gold: Gold, dimensions: int) -> None:
        self.shown: Counter[ShownTurn] = Counter()
        self.calls: Counter[str] = Counter()
        self._dimensions = dimensions
        self._turns = {(turn.id, turn.content): turn for turn in gold.turns}
        self._observations: dict[ShownTurn, list[Observation]] = defaultdict(list)
        for observation in gold.observations:
            for name in observation.evidence:
                self._observations[observation.user_id, name].append(observation)

    async def chat(self, request: web.Request) -> web.Response:
        """POST /chat/completions."""
        body = await request.json()
        described = body["response_format"]["json_schema"]
        self.calls[described["name"]] += 1
        payload = json.loads(body["messages"][-1]["content"])
        answer = (
            self._extract(payload)
            if described["name"] == _EXTRACTION
            else _least(described["schema"])
        )
        message = {"role": "assistant", "content": json.dumps(answer), "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        about = {"id": "gold", "object": "chat.completion", "created": 0, "model": body["model"]}
        return web.json_response({**about, "choices": [choice]})

    async def embed(self, request: web.Request) -> web.Response:
        """POST /embeddings."""
        wanted = parse_embeddings_request(await request.json(), self._dimensions)
        return web.json_response(answer_embeddings(wanted, "gold"))

    def _extract(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The observations of these turns, in the order of the turns, each once."""
        labels: dict[ShownTurn, str] = {}
        quotes: dict[ShownTurn, str] = {}
        for shown in payload["turns"]:
            turn = self._turns[shown["metadata"]["dia_id"], shown["text"]]
            place = (turn.user_id, turn.id)
            labels[place], quotes[place] = shown["id"], shown["text"]
        self.shown.update(labels.keys())
        facts: dict[str, dict[str, Any]] = {}
        for user_id, name in labels:
            for observation in self._observations[user_id, name]:
                proofs = [(user_id, each) for each in observation.evidence]
                proofs = [place for place in proofs if place in labels]
                facts[observation.text] = {
                    "text": observation.text,
                    "category": "other",
                    "confidence": 0.9,
                    "salience": 0.5,
                    "temporal_context": None,
                    "tags": [],
                    "turn_ids": [labels[place] for place in proofs],
                    "quote": quotes[proofs[0]],
                    "duplicate_of": None,
                    "supersedes": [],
                }
        return {"facts": list(facts.values())}


def _least(schema: Mapping[str, Any]) -> Any:
    """The least value that fits a schema."""
    kind = schema.get("type")
    if isinstance(kind, list):
        return None
    if kind == "object":
        return {name: _least(each) for name, each in schema.get("properties", {}).items()}
    least: dict[Any, Any] = {"array": [], "string": "-", "number": 0, "integer": 0}
    return schema["enum"][0] if "enum" in schema else least.get(kind)


@asynccontextmanager
async def serving(model: GoldModel) -> AsyncIterator[str]:
    """Serve the model on a free port; the URL of its API."""
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.router.add_post("/v1/chat/completions", model.chat)
    app.router.add_post("/v1/embeddings", model.embed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()
