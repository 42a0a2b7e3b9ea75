"""Whatever a client sends as a query, it gets rows or a 400 that says where: never a 500."""

import json
import re
from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.cosmos.conftest import MakeContainer
from tests.contract.cosmos.query_cases.functions import FUNCTIONS
from tests.contract.cosmos.query_cases.items import ITEMS
from tests.contract.cosmos.query_cases.refused import REFUSED
from tests.contract.cosmos.query_cases.select import SELECT
from tests.contract.cosmos.query_cases.shapes import SHAPES
from tests.contract.cosmos.query_cases.where import WHERE
from tests.contract.cosmos.raw_requests import send
from tests.contract.cosmos.server_process import ServerProcess

VALID = [
    *(f"SELECT VALUE c.id FROM c WHERE {condition}" for condition, _ in WHERE),
    *(text for text, _ in SELECT),
    *(text for text, _ in REFUSED),
    *(f"SELECT VALUE {call} FROM c" for call, _ in FUNCTIONS),
    *(shape.text for shape in SHAPES),
]
TOKEN = re.compile(r"""\w+|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\w\s]|\s+""")
SOUP = sorted({token for text in VALID for token in TOKEN.findall(text) if token.strip()})
VECTOR = {"path": "/v", "dataType": "float32", "distanceFunction": "cosine", "dimensions": 2}
tokens = st.sampled_from(SOUP)
parameters = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A query of the tables with a few of its tokens lost, doubled, swapped or replaced."""
    parts = TOKEN.findall(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(parts) - 1)))
        other = draw(st.integers(0, max(0, len(parts) - 1)))
        match draw(st.sampled_from(["lose", "double", "swap", "replace", "insert", "cut"])):
            case "lose":
                del parts[at : at + 1]
            case "double":
                parts[at:at] = parts[at : at + 3]
            case "swap" if parts:
                parts[at], parts[other] = parts[other], parts[at]
            case "cut":
                parts = parts[:at]
            case "replace":
                parts[at : at + 1] = [draw(tokens)]
            case _:
                parts.insert(at, draw(tokens | st.text(max_size=2)))
    return "".join(parts)


@pytest.fixture(scope="module")
def target(make_container: MakeContainer) -> ContainerProxy:
    vectors = {"vectorEmbeddings": [VECTOR]}
    container = make_container("/pk", vector_embedding_policy=vectors)
    for at, item in enumerate(ITEMS):
        container.create_item({**item, "pk": "p", "v": [at, 1]})
    return container


def check(server: ServerProcess, container: ContainerProxy, text: str, **values: Any) -> None:
    given_values = [{"name": f"@{name}", "value": value} for name, value in values.items()]
    try:
        body = json.dumps({"query": text, "parameters": given_values}, allow_nan=False).encode()
    except (ValueError, UnicodeEncodeError):
        return  # no JSON, so no request
    status, _, answer = send(
        server, "POST", f"/{container.container_link}/docs", body,
        x_ms_documentdb_isquery="True", x_ms_documentdb_query_enablecrosspartition="True",
    )  # fmt: skip
    assert status in (200, 400), (status, text, values, answer)
    assert answer["Documents"] is not None if status == 200 else answer["message"], text


@settings(max_examples=250)
@given(mutated())
def test_mutated_queries(server: ServerProcess, target: ContainerProxy, text: str) -> None:
    check(server, target, text, k=1, n="x", memory_type_0="fact", embedding=[1, 0])


@settings(max_examples=150)
@given(st.lists(tokens, max_size=16))
def test_token_soup(server: ServerProcess, target: ContainerProxy, soup: list[str]) -> None:
    check(server, target, "SELECT " + " ".join(soup))


@settings(max_examples=100)
@given(st.text(max_size=40), st.sampled_from(["", "SELECT ", "SELECT VALUE c.", "SELECT '"]))
def test_any_text(server: ServerProcess, target: ContainerProxy, text: str, start: str) -> None:
    check(server, target, start + text)


@settings(max_examples=150)
@given(st.sampled_from([*WHERE, *FUNCTIONS]), parameters, parameters)
def test_any_parameters(
    server: ServerProcess, target: ContainerProxy, case: tuple[str, Any], one: Any, two: Any
) -> None:
    constants = iter(["@one", "@two"])
    text = re.sub(r"(?<![\w@])\d+(?:\.\d+)?", lambda match: next(constants, match[0]), case[0])
    check(
        server, target, f"SELECT VALUE [{text}] FROM c WHERE c.n = @one OR true", one=one, two=two
    )
    check(
        server, target, f"SELECT TOP @one c.id FROM c WHERE {text} ORDER BY c.n", one=one, two=two
    )
    order = "ORDER BY VectorDistance(c.v, @one)"
    check(server, target, f"SELECT TOP 3 c.id FROM c {order}", one=one, two=two)
