"""Probes of the query language."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.probes.registry import Ground, Refused, refused, run, works
from tests.contract.cosmos.raw_requests import send

ITEMS: list[dict[str, Any]] = [
    {"n": 1, "kind": "a", "list": [1, 2], "deep": {"x": 1}},
    {"n": 2, "kind": "b", "list": [3], "deep": {"x": 2}},
    {"n": 3, "kind": "a", "list": [], "deep": {"x": 3}},
]


def all_refused(container: ContainerProxy, *texts: str) -> list[Refused]:
    """One call for each query."""
    return [lambda text=text: run(container, text) for text in texts]


@works("SELECT list, VALUE, `*`, DISTINCT, TOP, OFFSET LIMIT")
def check_select(at: Ground) -> None:
    container = at.filled(*ITEMS)
    assert run(container, "SELECT c.n, c.deep.x AS x FROM c WHERE c.n = 2") == [{"n": 2, "x": 2}]
    assert len(run(container, "SELECT * FROM c")) == 3
    assert sorted(run(container, "SELECT DISTINCT VALUE c.kind FROM c")) == ["a", "b"]
    assert run(container, "SELECT TOP @k VALUE c.n FROM c", k=2) == [1, 2]
    paged = "SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 1 LIMIT @k"
    assert run(container, paged, k=1) == [2]


@works("FROM paths, aliases, IN; JOIN; subqueries (scalar, EXISTS, ARRAY, in JOIN)")
def check_sources(at: Ground) -> None:
    container = at.filled(*ITEMS)
    assert run(container, "SELECT VALUE d.x FROM root.deep AS d") == [1, 2, 3]
    assert run(container, "SELECT VALUE x FROM x IN c.list") == [1, 2, 3]
    assert run(container, "SELECT VALUE x FROM c JOIN x IN c.list WHERE c.n = 1") == [1, 2]
    exists = "SELECT VALUE c.n FROM c WHERE EXISTS (SELECT VALUE x FROM x IN c.list WHERE x > 2)"
    assert run(container, exists) == [2]
    [two] = all_refused(container, "SELECT VALUE (SELECT VALUE x FROM x IN c.list) FROM c")
    with pytest.raises(CosmosHttpResponseError, match="cardinality"):
        two()
    arrays = "SELECT VALUE ARRAY(SELECT VALUE x + 1 FROM x IN c.list) FROM c WHERE c.n = 1"
    assert run(container, arrays) == [[2, 3]]
    scalar = "SELECT VALUE (SELECT VALUE COUNT(1) FROM x IN c.list) FROM c"
    assert run(container, scalar) == [2, 1, 0]
    joined = "SELECT VALUE s FROM c JOIN (SELECT VALUE x FROM x IN c.list WHERE x > 1) AS s"
    assert run(container, joined) == [2, 3]
    [literal] = all_refused(container, "SELECT VALUE x FROM c JOIN x IN [1, 2]")
    with pytest.raises(CosmosHttpResponseError) as failure:
        literal()
    assert failure.value.status_code == 400


@works("Three-valued logic with undefined")
def check_undefined(at: Ground) -> None:
    expected = {
        "c.none = 1": None, "1 = 'a'": False, "1 != 'a'": True, "1 < 'a'": None,
        "c.none OR true": True, "c.none AND false": False, "NOT c.none": None,
        "null = null": True, "IS_DEFINED(c.none)": False,
    }  # fmt: skip
    for expression, value in expected.items():
        assert at.value(expression) == value, expression


@works("BETWEEN, IN, LIKE ... ESCAPE, `??`, `? :`, `\\|\\|`, arithmetic, bit operators")
def check_operators(at: Ground) -> None:
    expected = {
        "2 BETWEEN 1 AND 2": True, "'b' IN ('a', 'b')": True, "'a%c' LIKE 'a!%_' ESCAPE '!'": True,
        "c.none ?? 'x'": "x", "true ? 1 : 2": 1, "'a' || 'b'": "ab", "7 % 4 * 2 - 1": 5,
        "6 & 3": 2, "6 | 3": 7, "6 ^ 3": 5,
    }  # fmt: skip
    for expression, value in expected.items():
        assert at.value(expression) == value, expression


@works("Whole numbers beyond 2^53")
def check_large_numbers(at: Ground) -> None:
    exact, large = 2**53 + 1, 2**63 - 1
    container = at.filled({"n": 2**53}, {"n": exact}, {"n": large})
    assert container.read_item("1", "p")["n"] == exact
    assert run(container, "SELECT VALUE c.n FROM c WHERE c.n = @n", n=exact) == [exact]
    assert run(container, f"SELECT VALUE c.n FROM c WHERE c.n > {exact}") == [large]
    assert run(container, "SELECT VALUE c.n + 0 FROM c WHERE c.n = @n", n=exact) == [2**53]


@works("GROUP BY, COUNT, SUM, MIN, MAX, AVG")
def check_groups(at: Ground) -> None:
    container = at.filled(*ITEMS)
    text = "SELECT c.kind, COUNT(1) AS k, SUM(c.n) AS s, MIN(c.n) AS a, MAX(c.n) AS b FROM c"
    assert run(container, f"{text} GROUP BY c.kind") == [
        {"kind": "a", "k": 2, "s": 4, "a": 1, "b": 3},
        {"kind": "b", "k": 1, "s": 2, "a": 2, "b": 2},
    ]
    assert run(container, "SELECT VALUE AVG(c.n) FROM c") == [2]
    nothing = "SELECT SUM(c.n) AS s, AVG(c.n) AS v, MIN(c.n) AS a FROM c WHERE c.n > 9"
    assert run(container, nothing) == [{"s": 0}]


@refused("HAVING", "HAVING")
def use_having(at: Ground) -> list[Refused]:
    text = "SELECT c.kind, COUNT(1) AS k FROM c GROUP BY c.kind HAVING COUNT(1) > 1"
    return all_refused(at.make(), text)


@works("ORDER BY properties")
def check_order(at: Ground) -> None:
    values = ["b", 2, None, True, "a", {"x": 1}, [1], 1]
    container = at.filled(*({"v": value} for value in values))
    rows = run(container, "SELECT VALUE c.v FROM c ORDER BY c.v")
    assert rows == [None, True, 1, 2, "a", "b", [1], {"x": 1}]
    assert run(container, "SELECT VALUE c.v FROM c ORDER BY c.v DESC") == rows[::-1]


@works("ORDER BY a property that an item lacks")
def check_order_of_missing(at: Ground) -> None:
    container = at.filled({"v": 1}, {}, {"v": None})
    assert run(container, "SELECT VALUE c.id FROM c ORDER BY c.v") == ["1", "2", "0"]
    assert run(container, "SELECT VALUE c.id FROM c ORDER BY c.v DESC") == ["0", "2", "1"]


@works("ORDER BY several properties")
def check_order_of_several(at: Ground) -> None:
    documents: list[dict[str, Any]] = [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 0}, {}]
    composite = [[{"path": "/a", "order": "ascending"}, {"path": "/b", "order": "descending"}]]
    policy: dict[str, Any] = {"includedPaths": [{"path": "/*"}], "compositeIndexes": composite}
    container = at.filled(*documents, indexing_policy=policy)
    text = "SELECT VALUE c.id FROM c ORDER BY c.a {}, c.b {}"
    assert run(container, text.format("ASC", "DESC")) == ["3", "2", "1", "0"]
    assert run(container, text.format("DESC", "ASC")) == ["0", "1", "2", "3"]
    for directions in (("ASC", "ASC"), ("DESC", "DESC")):
        [unserved] = all_refused(container, text.format(*directions))
        with pytest.raises(CosmosHttpResponseError, match="composite index"):
            unserved()


@works("ORDER BY a property that is not indexed")
def check_order_of_excluded(at: Ground) -> None:
    policy = {"includedPaths": [{"path": "/*"}], "excludedPaths": [{"path": "/v/?"}]}
    container = at.filled({"v": 1, "w": 1}, indexing_policy=policy)
    assert run(container, "SELECT VALUE c.v FROM c WHERE c.v = 1 ORDER BY c.w") == [1]
    [excluded] = all_refused(container, "SELECT * FROM c ORDER BY c.v")
    with pytest.raises(CosmosHttpResponseError, match="excluded"):
        excluded()


@refused("ORDER BY an expression", "ORDER BY")
def order_by_expression(at: Ground) -> list[Refused]:
    texts = ("c.a + 1", "1", "c.a[0]", "c", "LOWER(c.a)")
    return all_refused(at.make(), *(f"SELECT * FROM c ORDER BY {text}" for text in texts))


@refused("ORDER BY an alias of JOIN or of IN", "ORDER BY")
def order_by_joined(at: Ground) -> list[Refused]:
    texts = (
        "SELECT * FROM t IN c.list ORDER BY t.k",
        "SELECT t FROM c JOIN t IN c.list ORDER BY t",
    )
    return all_refused(at.make(), *texts)


@refused("TOP, ORDER BY, OFFSET LIMIT in subqueries", "not supported in subqueries")
def use_clauses_in_subqueries(at: Ground) -> list[Refused]:
    inner = ("SELECT TOP 1 VALUE x FROM x IN c.list", "SELECT VALUE x FROM x IN c.list ORDER BY x",
             "SELECT VALUE x FROM x IN c.list OFFSET 1 LIMIT 1")  # fmt: skip
    return all_refused(at.make(), *(f"SELECT VALUE ARRAY({text}) FROM c" for text in inner))


@refused("FROM (SELECT ...) over the container", "c")
def use_derived_table(at: Ground) -> list[Refused]:
    return all_refused(at.make(), "SELECT VALUE x.n FROM (SELECT VALUE c FROM c) AS x")


@works("Keywords as names")
def check_keywords(at: Ground) -> None:
    container = at.filled({"order": 1, "value": {"group": 2}})
    assert run(container, 'SELECT VALUE c[\'order\'] + c["value"]["group"] FROM c') == [3]
    for text in ("SELECT c.order FROM c", "SELECT c.id AS value FROM c"):
        [named] = all_refused(container, text)
        with pytest.raises(CosmosHttpResponseError, match="is written"):
            named()


@works("Results that JSON cannot hold")
def check_infinity(at: Ground) -> None:
    assert at.value("7 / 0 > 1000") is True
    for expression in ("7 / 0", "SQRT(-1)", "[{'x': 0 / 0}]"):
        with pytest.raises(CosmosHttpResponseError, match="JSON"):
            at.value(expression)


@works("Operators of different kinds without parentheses")
def check_precedence(at: Ground) -> None:
    assert at.value("1 + 2 * 3 = 7 AND NOT false OR false") is True
    for expression in ("'a' || 'b' = 'ab'", "6 & 2 = 2", "NOT 1 = 2"):
        with pytest.raises(CosmosHttpResponseError):
            at.value(expression)


@works("Aggregates inside larger expressions")
def check_composed_aggregates(at: Ground) -> None:
    container = at.filled(*ITEMS)
    text = "SELECT VALUE SUM(c.n) * 2 FROM c"
    assert list(container.query_items(text, partition_key="p")) == [12]
    with pytest.raises(CosmosHttpResponseError, match="Compositions"):
        run(container, text)


@works("Type, string, array, mathematical, date functions")
def check_functions(at: Ground) -> None:
    expected = {
        "IS_STRING('a')": True, "UPPER('a')": "A", "CONTAINS('ABC', 'b', true)": True,
        "ARRAY_CONTAINS([1, 2], 2)": True, "ARRAY_LENGTH([1, 2])": 2, "ROUND(2.5)": 3,
        "SQRT(9)": 3, "DateTimePart('yyyy', '2026-07-01T00:00:00Z')": 2026,
    }  # fmt: skip
    for expression, value in expected.items():
        assert at.value(expression) == value, expression


@works("REGEXMATCH")
def check_regex(at: Ground) -> None:
    assert at.value("RegexMatch('abcd', '^A.*d$', 'i')") is True
    assert at.value("RegexMatch('abcd', '(')") is None
    assert at.value("RegexMatch('abcd', '(((a{100}){100}){100})')") is None
    container = at.filled(*({"text": "a" * 40 + "!"} for _ in range(40)))
    text = "SELECT VALUE RegexMatch(c.text, @pattern) FROM c"
    assert run(container, text, pattern="^(a+)+$") == [False] * 40
    # The first takes too long for one item, the second for all of them together.
    for pattern in ("^(a|a)*$", "^(a|a){19}$"):
        with pytest.raises(CosmosHttpResponseError, match="REGEXMATCH takes too long") as refusal:
            run(container, text, pattern=pattern)
        assert refusal.value.status_code == 400


@refused("Spatial functions, UDFs, DOCUMENTID, HASH", "")
def use_other_functions(at: Ground) -> list[Refused]:
    calls = ("ST_DISTANCE(c.a, c.b)", "udf.f(c)", "DOCUMENTID(c)", "HASH(c.a)", "NOSUCH(1)")
    return all_refused(at.make(), *(f"SELECT VALUE {call} FROM c" for call in calls))


@works("Single partition, key prefix, EPK range, cross-partition")
def check_scopes(at: Ground) -> None:
    container = at.make("/a", "/b")
    for a, b in ("12", "13", "22"):
        container.create_item({"id": a + b, "a": a, "b": b})
    text = "SELECT VALUE c.id FROM c ORDER BY c.id"
    assert list(container.query_items(text, partition_key=["1", "3"])) == ["13"]
    assert list(container.query_items(text, partition_key=["1"])) == ["12", "13"]
    area = container.feed_range_from_partition_key(["2", "2"])
    assert list(container.query_items(text, feed_range=area)) == ["22"]
    assert run(container, text) == ["12", "13", "22"]


@works("Query plans")
def check_plans(at: Ground) -> None:
    path = f"/{at.make().container_link}/docs"
    body = b'{"query": "SELECT VALUE COUNT(1) FROM c"}'
    plan = send(at.server, "POST", path, body, x_ms_cosmos_is_query_plan_request="True")[2]
    assert plan["queryInfo"]["aggregates"] == []


@works("Continuation, `x-ms-max-item-count`")
def check_pages(at: Ground) -> None:
    container = at.filled(*ITEMS)
    text = "SELECT VALUE c.n FROM c ORDER BY c.n"
    options: dict[str, Any] = {"enable_cross_partition_query": True, "max_item_count": 2}
    pages = container.query_items(text, **options).by_page()
    first: list[Any] = list(next(pages))
    token = pages.continuation_token  # pyright: ignore[reportAttributeAccessIssue]  # a page iterator's
    rest = container.query_items(text, **options).by_page(token)
    assert (first, [list(page) for page in rest]) == ([1, 2], [[3]])


@works("Index and query metrics")
def check_metrics(at: Ground) -> None:
    container = at.filled(*ITEMS)
    rows = container.query_items(
        "SELECT * FROM c", partition_key="p", populate_index_metrics=True,
        populate_query_metrics=True,
    )  # fmt: skip
    assert len(list(rows)) == 3
    headers = container.client_connection.last_response_headers
    assert "x-ms-cosmos-index-utilization" not in headers
    assert "x-ms-documentdb-query-metrics" not in headers
