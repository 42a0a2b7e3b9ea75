"""Workbook and alerts: they ask for metrics that the app reports, and for nobody's data."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.domain.metrics import METRICS

_ATTRIBUTES = {metric.name: metric.attributes for metric in METRICS}
_TABLES = {"customMetrics", "requests", "exceptions"}
_ASKED_FOR = {
    "dead letters": "memory.dead_letters",
    "change-feed lag": "memory.feed.lag",
    "p95 turn to memory": "memory.turn.lag",
    "failures": "memory.step.failures",
}


def find_monitoring_problems(root: Path) -> Iterator[str]:
    """Queries for what nobody reports, and what must be watched and is not."""
    alerts = json.loads((root / "infra" / "alerts.json").read_text("utf-8"))
    workbook = json.loads((root / "infra" / "workbook.json").read_text("utf-8"))
    queries = {f"alerts.json: {item['name']}": item["query"] for item in alerts}
    queries |= {
        f"workbook.json: {item['name']}": item["content"]["query"]
        for item in workbook["items"]
        if item["type"] == 3
    }
    for where, query in queries.items():
        for problem in _find_query_problems(query):
            yield f"{where}: {problem}"
    for item in alerts:
        if not re.search(rf"\b{item['column']} = ", item["query"]):
            yield f"alerts.json: {item['name']}: its query has no column {item['column']}"
    asked = "".join(item["query"] for item in alerts)
    for subject, metric in _ASKED_FOR.items():
        if f"'{metric}'" not in asked:
            yield f"alerts.json: no alert on {subject}"
    shown = set(re.findall(r"'(memory\.[\w.]+)'", "".join(queries.values())))
    for metric in sorted(_ATTRIBUTES.keys() - shown):
        yield f"workbook.json: {metric} is shown nowhere"
    yield from _find_resource_problems(workbook)


def _find_query_problems(query: str) -> Iterator[str]:
    if query.split()[0] not in _TABLES:
        yield f"unknown table {query.split()[0]}"
    asked = re.findall(r"name == '([^']*)'", query)
    for metric in asked:
        if metric not in _ATTRIBUTES:
            yield f"the app reports no {metric}"
    known = {attribute for metric in asked for attribute in _ATTRIBUTES.get(metric, ())}
    for attribute in re.findall(r"customDimensions\.(\w+)", query):
        if attribute not in known:
            yield f"{attribute} is no attribute of {', '.join(asked) or 'this table'}"


def _find_resource_problems(workbook: dict[str, Any]) -> Iterator[str]:
    text = json.dumps(workbook)
    for placeholder in ("{componentId}", "{cosmosAccountId}"):
        if placeholder not in text:
            yield f"workbook.json: {placeholder} is nowhere, so a resource is not looked at"
