"""The change feed in its latest-version mode: every item once, in its newest version, by LSN."""

import time
from email.utils import parsedate_to_datetime

from local.cosmos.charge import feed_charge
from local.cosmos.errors import bad_request
from local.cosmos.routes.scopes import RANGE_HEADER, range_of_call, scope_of_call
from local.cosmos.routes.service import Service
from local.cosmos.storage import rows
from local.cosmos.storage.containers import Container
from local.cosmos.storage.ranges import PartitionRange
from local.cosmos.storage.rows import Scope
from local.cosmos.wire import Call, Reply, feed_reply

DEFAULT_PAGE_ITEMS = 100
MAX_PAGE_ITEMS = 10_000
MAX_PAGE_BYTES = 4 * 1024 * 1024
_FROM_NOW = "*"
_MAX_LSN_DIGITS = 18  # more do not fit in the 64 bits of an LSN


async def read_changes(service: Service, call: Call) -> Reply:
    """GET .../docs with A-IM: the changes after If-None-Match, or from If-Modified-Since on.

    Without either, from the beginning. The ETag of the answer continues it; 304 says that there is
    nothing new, and its ETag is as good.
    """
    if call.headers.get("a-im", "").lower() != "incremental feed":
        raise bad_request(
            "Only the latest-version change feed is supported: A-IM: Incremental feed."
        )
    container = service.container(call)
    scope = scope_of_call(container, call) or Scope()
    part = range_of_call(container, call) or _only_range(container, scope)
    newest = service.store.catalog.lsn(container, part)
    after = _start(call.headers.get("if-none-match"), newest)
    limit = min(call.page_items(DEFAULT_PAGE_ITEMS), MAX_PAGE_ITEMS)
    changes = rows.list_changes(
        service.store.reader,
        container,
        part,
        scope,
        after=after,
        since=_since(call),
        limit=limit,
        now=time.time(),
    )
    entries = [body[:-1] + b',"_lsn":%d}' % lsn for lsn, body in _fitting(changes)]
    if entries:
        last = changes[len(entries) - 1][0]
        reply = feed_reply("Documents", container.rid, entries, feed_charge(sum(map(len, entries))))
    else:
        last = max(after, newest)
        reply = Reply(304)
    reply.headers["etag"] = f'"{last}"'
    return service.add_container_headers(reply, container, part.minimum)


def _only_range(container: Container, scope: Scope) -> PartitionRange:
    if scope.key:
        return container.range_of(scope.key.epk)
    part = container.range_of(scope.minimum)
    if scope.maximum > part.maximum:
        raise bad_request(
            f"The change feed of several physical partitions has no order: read each of the "
            f"{len(container.ranges)} by its id ({RANGE_HEADER})."
        )
    return part


def _start(etag: str | None, newest: int) -> int:
    if etag is None:
        return 0
    if etag == _FROM_NOW:
        return newest
    text = etag.strip('"')
    if not text.isdecimal() or len(text) > _MAX_LSN_DIGITS:
        raise bad_request("If-None-Match of a change feed must be '*' or an ETag of its answers.")
    return int(text)


def _since(call: Call) -> float:
    text = call.headers.get("if-modified-since")
    if text is None:
        return 0.0
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError as error:
        raise bad_request("If-Modified-Since is not an HTTP date.") from error


def _fitting(changes: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """As many changes as fit in one answer, at least one; those of one transaction together."""
    size, complete = 0, 0
    for at, (lsn, body) in enumerate(changes):
        if at and lsn != changes[at - 1][0]:
            complete = at
        size += len(body)
        if size > MAX_PAGE_BYTES and complete:
            return changes[:complete]
    return changes
