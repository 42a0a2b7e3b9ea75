"""What travels into a function and out of it."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar, Self

# Fields of TypedData carry the names of these types and hide them inside the class.
_Bytes = bytes
_Int = int


@dataclass(slots=True)
class NullableString:
    """A string, or nothing."""

    value: str | None = None


@dataclass(slots=True)
class NullableBool:
    """A truth value, or nothing."""

    value: bool | None = None


@dataclass(slots=True)
class NullableDouble:
    """A number, or nothing."""

    value: float | None = None


@dataclass(slots=True)
class Timestamp:
    """Whole seconds since 1970 in UTC."""

    seconds: int = 0


@dataclass(slots=True)
class NullableTimestamp:
    """A moment, or nothing."""

    value: Timestamp | None = None


class SameSite(IntEnum):
    """The SameSite attribute of a cookie; the protocol's name for "unset" is the word None."""

    Unset = 0
    Lax = 1
    Strict = 2
    ExplicitNone = 3


setattr(SameSite, "None", SameSite.Unset)  # a keyword: the runtime reads it with getattr

_SameSite = SameSite


@dataclass(slots=True)
class RpcHttpCookie:
    """One cookie of a response."""

    SameSite: ClassVar[type[_SameSite]] = _SameSite

    name: str = ""
    value: str = ""
    domain: NullableString | None = None
    path: NullableString | None = None
    expires: NullableTimestamp | None = None
    secure: NullableBool | None = None
    http_only: NullableBool | None = None
    same_site: int = 0
    max_age: NullableDouble | None = None


@dataclass(slots=True)
class RpcHttp:
    """An HTTP request on the way in, an HTTP response on the way out."""

    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: "TypedData | None" = None
    params: dict[str, str] = field(default_factory=dict[str, str])
    query: dict[str, str] = field(default_factory=dict[str, str])
    status_code: str = ""
    cookies: list[RpcHttpCookie] | None = None
    enable_content_negotiation: bool = False

    def __post_init__(self) -> None:
        if self.body is None:
            self.body = TypedData()


@dataclass(slots=True)
class TypedData:
    """A value of one of the protocol's kinds; at most one field is set."""

    string: str | None = None
    json: str | None = None
    bytes: _Bytes | None = None
    http: RpcHttp | None = None
    int: _Int | None = None
    double: float | None = None
    model_binding_data: object | None = None
    collection_bytes: object | None = None
    collection_string: object | None = None
    collection_double: object | None = None
    collection_sint64: object | None = None
    collection_model_binding_data: object | None = None

    @property
    def TypedData(self) -> Self:  # noqa: N802 - the runtime asks for it
        """The value itself. The runtime tries this name first, and a miss costs an exception."""
        return self

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - the protocol's name
        """Name the field that is set, as protobuf's method of this name does."""
        for name in _TYPED_DATA_FIELDS:
            if getattr(self, name) is not None:
                return name
        return None


_TYPED_DATA_FIELDS: tuple[str, ...] = tuple(TypedData.__dataclass_fields__)


@dataclass(slots=True)
class ParameterBinding:
    """One input or output of an invocation, by its binding's name."""

    name: str = ""
    data: TypedData | None = None

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - the protocol's name
        """Say that the value travels in the message, never in shared memory."""
        return None if self.data is None else "data"
