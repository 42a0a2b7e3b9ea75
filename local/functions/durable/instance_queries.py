"""Which instances a management request asks for: its query string as the engine's filters."""

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web
from durabletask.internal import orchestrator_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.wrappers_pb2 import StringValue

from local.functions.durable.instance_view import STATUS_NAMES

CONTINUATION_HEADER = "x-ms-continuation-token"

_STATUSES = {name: status for status, name in STATUS_NAMES.items()}
_DEFAULT_PAGE = 100
"""OrchestrationStatusQueryCondition.PageSize."""
_LARGEST_COUNT = 2**31 - 1


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
    _set_page(asked.continuationToken, continuation)
    _set_moment(asked.createdTimeFrom, query, "createdTimeFrom")
    _set_moment(asked.createdTimeTo, query, "createdTimeTo")
    return asked


def parse_purge_filter(query: Mapping[str, str]) -> pb.PurgeInstanceFilter:
    """Which finished instances are to be purged.

    Raises:
        web.HTTPBadRequest: createdTimeFrom is missing, as the extension wants it, or a value
            cannot be read, so that more would be purged than was meant.
    """
    if not query.get("createdTimeFrom"):
        raise web.HTTPBadRequest(text="Please provide value for 'createdTimeFrom' parameter.")
    asked = pb.PurgeInstanceFilter(runtimeStatus=_parse_statuses(query))
    _set_moment(asked.createdTimeFrom, query, "createdTimeFrom")
    _set_moment(asked.createdTimeTo, query, "createdTimeTo")
    return asked


def parse_entity_query(name: str, query: Mapping[str, str], continuation: str) -> pb.EntityQuery:
    """Which entities the list of a name, or of all names, is to hold.

    Raises:
        web.HTTPBadRequest: a value cannot be read. (The extension leaves such a filter out.)
    """
    asked = pb.EntityQuery(
        includeState=is_wanted(query, "fetchState", default=False), includeTransient=True
    )
    asked.pageSize.value = _parse_count(query, "top") or _DEFAULT_PAGE
    asked.instanceIdStartsWith.value = f"@{name.lower()}@" if name else "@"
    _set_page(asked.continuationToken, continuation)
    _set_moment(asked.lastModifiedFrom, query, "lastOperationTimeFrom")
    _set_moment(asked.lastModifiedTo, query, "lastOperationTimeTo")
    return asked


def is_wanted(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Read a switch such as showInput."""
    return query.get(name, str(default)).lower() == "true"


def _set_page(field: StringValue, continuation: str) -> None:
    if not continuation:
        return
    if not continuation.isdecimal():
        raise web.HTTPBadRequest(text=f"{CONTINUATION_HEADER} is not one that was sent.")
    field.value = continuation


def _parse_statuses(query: Mapping[str, str]) -> list[pb.OrchestrationStatus]:
    names = [name.strip() for name in query.get("runtimeStatus", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in _STATUSES]
    if unknown:
        known = ", ".join(_STATUSES)
        raise web.HTTPBadRequest(text=f"runtimeStatus {', '.join(unknown)} is not one of {known}.")
    return [_STATUSES[name] for name in names]


def _parse_count(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "0")
    if not text.isdecimal() or int(text) > _LARGEST_COUNT:
        raise web.HTTPBadRequest(text=f"{name} is not a whole number, or too large.")
    return int(text)


def _set_moment(field: Timestamp, query: Mapping[str, str], name: str) -> None:
    text = query.get(name)
    if not text:
        return
    try:
        moment = datetime.fromisoformat(text)
        field.FromDatetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (OverflowError, ValueError) as error:
        raise web.HTTPBadRequest(text=f"{name} is not a time in ISO 8601.") from error
