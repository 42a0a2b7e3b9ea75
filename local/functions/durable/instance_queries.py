"""Which instances a management request asks for: its query string as the engine's filters."""

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web
from durabletask.internal import orchestrator_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from local.functions.durable.instance_view import STATUS_NAMES

CONTINUATION_HEADER = "x-ms-continuation-token"

_STATUSES = {name: status for status, name in STATUS_NAMES.items()}
_DEFAULT_PAGE = 100
"""OrchestrationStatusQueryCondition.PageSize."""


def parse_list_query(query: Mapping[str, str], continuation: str) -> pb.InstanceQuery:
    """What the list of instances is to hold.

    Raises:
        web.HTTPBadRequest: a value cannot be read. (The extension leaves such a filter out.)
    """
    asked = pb.InstanceQuery(
        runtimeStatus=_parse_statuses(query),
        maxInstanceCount=_parse_count(query, "top") or _DEFAULT_PAGE,
        fetchInputsAndOutputs=True,
    )
    if query.get("instanceIdPrefix"):
        asked.instanceIdPrefix.value = query["instanceIdPrefix"]
    if continuation:
        if not continuation.isdecimal():
            raise web.HTTPBadRequest(text=f"{CONTINUATION_HEADER} is not one that was sent.")
        asked.continuationToken.value = continuation
    _set_moment(asked.createdTimeFrom, query, "createdTimeFrom")
    _set_moment(asked.createdTimeTo, query, "createdTimeTo")
    return asked


def parse_purge_filter(query: Mapping[str, str]) -> pb.PurgeInstanceFilter:
    """Which finished instances are to be purged.

    Raises:
        web.HTTPBadRequest: a value cannot be read, so that more would be purged than was meant.
    """
    asked = pb.PurgeInstanceFilter(runtimeStatus=_parse_statuses(query))
    _set_moment(asked.createdTimeFrom, query, "createdTimeFrom")
    _set_moment(asked.createdTimeTo, query, "createdTimeTo")
    return asked


def is_wanted(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Read a switch such as showInput."""
    return query.get(name, str(default)).lower() == "true"


def _parse_statuses(query: Mapping[str, str]) -> list[pb.OrchestrationStatus]:
    names = [name.strip() for name in query.get("runtimeStatus", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in _STATUSES]
    if unknown:
        known = ", ".join(_STATUSES)
        raise web.HTTPBadRequest(text=f"runtimeStatus {', '.join(unknown)} is not one of {known}.")
    return [_STATUSES[name] for name in names]


def _parse_count(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "0")
    if not text.isdecimal():
        raise web.HTTPBadRequest(text=f"{name} is not a whole number.")
    return int(text)


def _set_moment(field: Timestamp, query: Mapping[str, str], name: str) -> None:
    text = query.get(name)
    if not text:
        return
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"{name} is not a time in ISO 8601.") from error
    field.FromDatetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
