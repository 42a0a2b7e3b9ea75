"""Whatever the text of a query, it is answered or refused: never a fault of the server."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.errors import CosmosError
from local.cosmos.sql.functions import FUNCTIONS
from local.cosmos.values import Document
from tests.unit.local_cosmos.queries import conditions, run

VOCABULARY = """
    SELECT DISTINCT TOP VALUE FROM JOIN IN WHERE GROUP BY ORDER RANK ASC DESC OFFSET LIMIT HAVING
    AND OR NOT BETWEEN LIKE ESCAPE EXISTS ARRAY true null undefined AS COUNT SUM COUNT(1) MAX(c.a)
    c c.a c.b.d c['x'] c["x"] t @p @q 1 -2.5 1e3 'a' "b" '%' ( ) [ ] { } , : . ? ?? || + - * / %
    = != < <= > >= & | ^ ~ << RRF FullTextScore VectorDistance LOWER( ARRAY_LENGTH( IS_NULL(
    REGEXMATCH( DateTimeAdd( ROUND( REPLICATE( STRINGTONUMBER( (SELECT -- \\ 'open
"""
WORDS = VOCABULARY.split()
OPERATORS = "+ - * / % & | ^ << >> >>> || < = LIKE"
DOCUMENTS: list[Document] = [
    {"id": "1", "a": 1, "b": {"d": [1, "x", None]}, "x": "text"},
    {"id": "2", "a": "s", "b": [], "x": True},
    {"id": "3"},
]


def attempt(text: str) -> None:
    try:
        run(text, DOCUMENTS, p=1, q="x")
    except CosmosError as error:
        assert error.status == 400
        assert error.message


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    attempt(text)


@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_words_after_select(words: list[str]) -> None:
    attempt("SELECT " + " ".join(words))


@given(st.lists(st.sampled_from(WORDS), max_size=10))
def test_any_words_as_a_condition(words: list[str]) -> None:
    attempt("SELECT * FROM c JOIN t IN c.b.d WHERE " + " ".join(words))
    try:
        conditions.holds("FROM c WHERE " + " ".join(words), DOCUMENTS[0])
    except CosmosError as error:
        assert error.status == 400


@given(st.sampled_from("([{~+"), st.integers(1, 3000))
def test_any_depth(opening: str, depth: int) -> None:
    closing = {"(": ")", "[": "]", "{": "}"}.get(opening, "")
    inside = "'k': " if opening == "{" else ""
    attempt("SELECT VALUE " + (opening + inside) * depth + "1" + closing * depth)


OTHERS = ("VECTORDISTANCE", "FULLTEXTCONTAINS", "FULLTEXTCONTAINSALL", "FULLTEXTCONTAINSANY")
functions = st.sampled_from([*sorted(FUNCTIONS), *OTHERS])
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(["day", "mm", "2026-01-31T00:00:00Z", "0001-01-01", "9999-12-31"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=400)
@given(functions, st.lists(anything, min_size=1, max_size=4))
def test_any_arguments_of_any_function(name: str, arguments: list[object]) -> None:
    parameters: dict[str, Any] = {f"a{at}": value for at, value in enumerate(arguments)}
    call = f"{name}({', '.join(f'@{key}' for key in parameters)})"
    try:
        run(f"SELECT VALUE {call} FROM c WHERE {call} != 0 OR true", DOCUMENTS[:1], **parameters)
    except CosmosError as error:
        assert error.status == 400


@given(st.sampled_from(OPERATORS.split()), anything, anything)
def test_any_operands_of_any_operator(operator: str, left: object, right: object) -> None:
    attempt_with = f"SELECT VALUE [@l {operator} @r]"
    try:
        run(attempt_with, DOCUMENTS[:1], l=left, r=right)
    except CosmosError as error:
        assert error.status == 400
