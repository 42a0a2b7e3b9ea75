"""The HTTP routes that a model service has, in OpenAI's form and in Azure OpenAI's."""

from aiohttp import web

from local.model.chat import complete_chat, read_body, requested_model, shape_completion
from local.model.chat_request import parse_chat_request
from local.model.embeddings_request import answer_embeddings, parse_embeddings_request
from local.model.errors import ApiError, json_response
from local.model.fault_effects import spoil_completion, strike_call
from local.model.faults import FaultPlan, FaultRule, Operation
from local.model.stats import Stats

CHAT_MODEL = "stand-in-chat"
EMBEDDING_MODEL = "stand-in-embedding"
NO_SCHEMA = "(none)"


class ModelRoutes:
    """The handlers, with the counters and faults that they share."""

    def __init__(self, stats: Stats, faults: FaultPlan, default_dimensions: int) -> None:
        self._stats = stats
        self._faults = faults
        self._default_dimensions = default_dimensions

    def add_to(self, app: web.Application) -> None:
        """Register every route; any model or deployment name is served."""
        for prefix in ("/v1", "/openai/v1", "/openai/deployments/{deployment}"):
            app.router.add_post(f"{prefix}/chat/completions", self._chat)
            app.router.add_post(f"{prefix}/embeddings", self._embed)
        for prefix in ("/v1", "/openai/v1"):
            app.router.add_get(f"{prefix}/models", self._list_models)

    async def _chat(self, request: web.Request) -> web.Response:
        body = read_body(await request.read())
        model = requested_model(body, _deployment(request))
        chat = parse_chat_request(body)
        label = chat.schema_name or NO_SCHEMA
        self._stats.record_prompt(label, chat.prompt_characters)
        rule = self._take_fault("chat", chat.schema_name)
        if rule is not None and (struck := await strike_call(request, rule)) is not None:
            return struck
        completion = complete_chat(chat, body)
        if rule is not None:
            completion = spoil_completion(completion, rule)
        self._stats.record_completion(label, len(completion.content or ""))
        return json_response(shape_completion(chat, model, completion))

    async def _embed(self, request: web.Request) -> web.Response:
        body = read_body(await request.read())
        model = requested_model(body, _deployment(request))
        wanted = parse_embeddings_request(body, self._default_dimensions)
        self._stats.record_embeddings(len(wanted.texts))
        rule = self._take_fault("embeddings", None)
        if rule is not None and (struck := await strike_call(request, rule)) is not None:
            return struck
        return json_response(answer_embeddings(wanted, model))

    def _take_fault(self, operation: Operation, schema_name: str | None) -> FaultRule | None:
        rule = self._faults.take(operation, schema_name)
        self._stats.faults_fired += rule is not None
        return rule

    async def _list_models(self, _request: web.Request) -> web.Response:
        models = [
            {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "local"}
            for name in (CHAT_MODEL, EMBEDDING_MODEL)
        ]
        return json_response({"object": "list", "data": models})


def _deployment(request: web.Request) -> str | None:
    """Azure's deployment name in the path; its form also requires ?api-version."""
    deployment = request.match_info.get("deployment")
    if deployment is not None and not request.query.get("api-version"):
        raise ApiError(404, "Resource not found: the api-version query is missing.", code="404")
    return deployment
