"""A chat completions request: which parameters are understood, and what they hold."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.model.errors import ApiError
from local.model.json_values import Json, JsonObject, as_object

TOKEN_CHARACTERS = 4
CONTEXT_TOKENS = 128_000


class TextPart(BaseModel):
    """A piece of a message; no other kind of piece (image, audio, file) is understood."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One message of the prompt."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]
    name: str | None = None

    @property
    def text(self) -> str:
        """The message's text, parts joined."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content)


class JsonSchemaFormat(BaseModel):
    """The `json_schema` of a response format."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    schema_: dict[str, object] = Field(alias="schema", default_factory=dict[str, object])
    strict: bool | None = None
    description: str | None = None


class ResponseFormat(BaseModel):
    """How the answer is to be shaped."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaFormat | None = None


class ChatRequest(BaseModel):
    """The parameters that are understood; those without effect here are taken and ignored."""

    model_config = ConfigDict(extra="forbid")

    messages: Annotated[list[Message], Field(min_length=1)]
    model: str | None = None
    response_format: ResponseFormat | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    n: Literal[1] | None = None
    stream: Literal[False] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: int | None = None
    user: str | None = None
    store: bool | None = None
    metadata: dict[str, str] | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    safety_identifier: str | None = None

    @property
    def schema_format(self) -> JsonSchemaFormat | None:
        """The JSON schema that the answer must fit, if one was given."""
        return self.response_format.json_schema if self.response_format else None

    @property
    def schema_name(self) -> str | None:
        """The name that came with the JSON schema."""
        return self.schema_format.name if self.schema_format else None

    @property
    def prompt_characters(self) -> int:
        """Characters of all message contents."""
        return sum(len(message.text) for message in self.messages)

    @property
    def completion_limit(self) -> int | None:
        """The most tokens that the answer may have."""
        return self.max_completion_tokens or self.max_tokens


def parse_chat_request(body: Json) -> ChatRequest:
    """Check a request body.

    Raises:
        ApiError: 400 naming the first parameter that is wrong or not supported.
    """
    if not isinstance(body, dict):
        raise ApiError(400, "The request body must be one JSON object.")
    try:
        request = ChatRequest.model_validate(body)
    except ValidationError as error:
        raise _refuse(error, body) from error
    _check_format(request)
    if request.prompt_characters > CONTEXT_TOKENS * TOKEN_CHARACTERS:
        raise ApiError(
            400,
            f"This model's maximum context length is {CONTEXT_TOKENS} tokens. However, your "
            f"messages resulted in {request.prompt_characters // TOKEN_CHARACTERS} tokens. Please "
            "reduce the length of the messages.",
            param="messages",
            code="context_length_exceeded",
        )
    return request


def schema_of(schema_format: JsonSchemaFormat, body: Json) -> JsonObject:
    """The schema as it stands in the body of the request."""
    response_format = as_object(as_object(body).get("response_format"))
    return as_object(as_object(response_format.get("json_schema")).get("schema"))


def _check_format(request: ChatRequest) -> None:
    response_format = request.response_format
    if response_format and (response_format.type == "json_schema") != bool(
        response_format.json_schema
    ):
        raise ApiError(
            400,
            "'json_schema' must be given with type 'json_schema', and with no other type.",
            param="response_format",
            code="missing_required_parameter",
        )


def _refuse(error: ValidationError, body: JsonObject) -> ApiError:
    first = error.errors(include_url=False, include_input=False)[0]
    path = [step for step in first["loc"] if not _is_union_branch(step)]
    param = ".".join(str(step) for step in path)
    name = str(path[0]) if path else param
    if first["type"] == "extra_forbidden":
        message = f"Unsupported parameter: '{param}' is not supported by this endpoint."
        return ApiError(400, message, param=param, code="unsupported_parameter")
    if name in ("n", "stream"):
        message = f"Unsupported value: '{name}' does not support {body[name]!r} with this endpoint."
        return ApiError(400, message, param=name, code="unsupported_value")
    if first["type"] == "missing":
        message = f"Missing required parameter: '{param}'."
        return ApiError(400, message, param=param, code="missing_required_parameter")
    return ApiError(
        400, f"Invalid value for '{param}': {first['msg']}.", param=param, code="invalid_value"
    )


def _is_union_branch(step: str | int) -> bool:
    """Whether a step of a validation path names a branch of `str | list` and no field."""
    return step == "str" or str(step).startswith("list[")
