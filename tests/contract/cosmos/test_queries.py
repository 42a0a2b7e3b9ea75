"""Queries with the rows that the documented semantics of the language give."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.conftest import MakeContainer

ITEMS: list[dict[str, Any]] = [
    {
        "id": "a",
        "n": 1,
        "s": "apple",
        "b": True,
        "arr": [1, 2, 3],
        "o": {"x": 1, "y": {"z": "deep"}},
    },
    {"id": "b", "n": 2.5, "s": "Banana", "b": False, "arr": [], "o": {"x": 2}, "mix": "1"},
    {"id": "c", "n": -3, "s": "ünï", "b": None, "arr": ["x", None, True], "mix": None},
    {"id": "d", "s": "it's 100%", "mix": True, "tags": [{"k": "v", "w": 1}, {"k": "u"}]},
    {"id": "e", "n": "5", "mix": [1], "value": {"order": "keyword"}, "a-b": 1},
    {"id": "f", "n": None, "mix": {"a": 1}, "d": "2026-07-01T10:00:00.1234567Z"},
]


@pytest.fixture(scope="module")
def items(make_container: MakeContainer) -> ContainerProxy:
    container = make_container("/pk")
    for item in ITEMS:
        container.create_item(item | {"pk": "p"})
    container.create_item({"id": "elsewhere", "pk": "q", "n": 1000})
    return container


def run(container: ContainerProxy, text: str, **parameters: Any) -> list[Any]:
    given = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
    return list(container.query_items(text, parameters=given, partition_key="p"))


def ids(text: str) -> str:
    return f"SELECT VALUE c.id FROM c WHERE {text}"


WHERE = [
    ("true", "abcdef"),
    ("false", ""),
    ("undefined", ""),
    ("null", ""),
    ("1", ""),
    ("c.n = 1", "a"),
    ("c.n = 1.0", "a"),
    ("c.n = '5'", "e"),
    ("c.n = null", "f"),
    ("c.n != null", "abce"),
    ("c.n != 1", "bcef"),
    ("NOT (c.n = 1)", "bcef"),
    ("c.missing = c.missing", ""),
    ("c.missing != 1", ""),
    ("NOT c.missing", ""),
    ("NOT c.b", "b"),
    ("c.b", "a"),
    ("c.n > 0", "ab"),
    ("c.n > -100", "abc"),
    ("c.n < '6'", "e"),
    ("c.n >= null", "f"),
    ("c.s > 'a'", "acd"),
    ("c.s < 'b'", "ab"),
    ("c.b < true", "b"),
    ("c.n > 0 OR c.missing = 1", "ab"),
    ("c.n > 0 AND c.missing = 1", ""),
    ("NOT (c.n > 0 AND c.missing = 1)", "c"),
    ("NOT (c.n > 0 OR c.missing = 1)", ""),
    ("c.n BETWEEN -3 AND 1", "ac"),
    ("c.n NOT BETWEEN -3 AND 1", "b"),
    ("c.n BETWEEN 0 AND 1 AND c.b", "a"),
    ("c.n IN (1, '5', null)", "aef"),
    ("c.n NOT IN (1, '5')", "bcf"),
    ("c.missing IN (1)", ""),
    ("c.missing NOT IN (1)", ""),
    ("c.arr IN ([], [1, 2, 3])", "ab"),
    ("c.o = {'x': 2}", "b"),
    ("c.o = {'y': {'z': 'deep'}, 'x': 1}", "a"),
    ("c.o.x = 1", "a"),
    ("c.o['y']['z'] = \"deep\"", "a"),
    ("c.o.y.z.q = 1", ""),
    ("c['o'].x + 1 = 3", "b"),
    ("c.arr[0] = 1", "a"),
    ("c.arr[1] = null", "c"),
    ("c.arr[9] = 1", ""),
    ("c.value.order = 'keyword'", "e"),
    ("c['a-b'] = 1", "e"),
    ("c.s LIKE 'a%'", "a"),
    ("c.s LIKE '%n%'", "abc"[1:]),
    ("c.s LIKE '_pple'", "a"),
    ("c.s LIKE '[A-C]%'", "b"),
    ("c.s LIKE '[^a-z]%'", "bc"),
    ("c.s LIKE '%100!%' ESCAPE '!'", "d"),
    ("c.s NOT LIKE '%a%'", "cd"),
    ("c.s = 'it\\'s 100%'", "d"),
    ('c.s = "it\'s 100%"', "d"),
    ("c.s = '\\u00fcn\\u00ef'", "c"),
    ("IS_DEFINED(c.n)", "abcef"),
    ("NOT IS_DEFINED(c.n)", "d"),
    ("IS_NULL(c.n)", "f"),
    ("NOT IS_DEFINED(c.mix) OR IS_NULL(c.mix)", "ac"),
    ("IS_NUMBER(c.n)", "abc"),
    ("IS_INTEGER(c.n)", "ac"),
    ("IS_STRING(c.n)", "e"),
    ("IS_BOOL(c.b)", "ab"),
    ("IS_ARRAY(c.mix)", "e"),
    ("IS_OBJECT(c.mix)", "f"),
    ("IS_PRIMITIVE(c.mix)", "bcd"),
    ("ARRAY_LENGTH(c.arr) > 0", "ac"),
    ("ARRAY_LENGTH(c.s) = 0", ""),
    ("ARRAY_CONTAINS(c.arr, 2)", "a"),
    ("ARRAY_CONTAINS(c.arr, null)", "c"),
    ("NOT ARRAY_CONTAINS(c.arr, 2)", "bc"),
    ("ARRAY_CONTAINS(c.tags, {'k': 'v'})", ""),
    ("ARRAY_CONTAINS(c.tags, {'k': 'v'}, true)", "d"),
    ("ARRAY_CONTAINS(['a', 'b'], c.id)", "ab"),
    ("ARRAY_CONTAINS_ANY(c.arr, 7, 'x')", "c"),
    ("ARRAY_CONTAINS_ALL(c.arr, 3, 1)", "a"),
    ("CONTAINS(c.s, 'an')", "b"),
    ("CONTAINS(c.s, 'AN', true)", "b"),
    ("STARTSWITH(c.s, 'ap')", "a"),
    ("ENDSWITH(c.s, '%')", "d"),
    ("STRINGEQUALS(c.s, 'BANANA', true)", "b"),
    ("REGEXMATCH(c.s, '^[a-z]+$')", "a"),
    ("RegexMatch(c.s, '^[a-z]+$', 'i')", "ab"),
    ("LENGTH(c.s) = 3", "c"),
    ("UPPER(c.s) = 'BANANA'", "b"),
    ("EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t.k = 'u')", "d"),
    ("NOT EXISTS(SELECT VALUE t FROM t IN c.arr)", "bdef"),
    ("(SELECT VALUE COUNT(1) FROM x IN c.arr) = 3", "ac"),
    ("c.n ?? 'none' = 'none'", "d"),
    ("(c.n ?? 'none') = 'none'", "d"),
    ("(c.n > 0 ? c.b : true) = true", "acdef"),
    ("c.n % 2 = 1", "a"),
    ("-c.n = 3", "c"),
    ("c.n * 2 - 1 = 4", "b"),
    ("c.n / 0 = 1", ""),
    ("(c.n | 2) = 3", "a"),
    ("c.id || c.s = 'aapple'", "a"),
    ("FullTextContains(c.s, 'APPLE')", "a"),
    ("FullTextContainsAny(c.s, 'nothing', 'banana')", "b"),
    ("FullTextContainsAll(c.s, 'it', '100')", "d"),
    ("c.d > '2026-07-01T09' -- a comment", "f"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), WHERE)
def test_where_keeps_what_is_true(items: ContainerProxy, condition: str, expected: str) -> None:
    assert run(items, ids(condition)) == list(expected)


SELECT: list[tuple[str, list[Any]]] = [
    ("SELECT c.id, c.o.x FROM c WHERE c.id IN ('a', 'd')", [{"id": "a", "x": 1}, {"id": "d"}]),
    ("SELECT c.id AS name, 1 + 1, 'k' FROM c WHERE c.id = 'a'",
     [{"name": "a", "$1": 2, "$2": "k"}]),
    ("SELECT c.id value FROM c WHERE c.id = 'a'", [{"value": "a"}]),
    ("SELECT VALUE c.missing FROM c", []),
    ("SELECT c.missing FROM c WHERE c.id = 'a'", [{}]),
    ("SELECT VALUE {'i': c.id, m: c.missing, l: [c.n, c.missing]} FROM c WHERE c.id = 'a'",
     [{"i": "a", "l": [1]}]),
    ("SELECT VALUE 1", [1]),
    ("SELECT 1 AS one, null AS nothing", [{"one": 1, "nothing": None}]),
    ("SELECT VALUE x FROM c JOIN x IN c.arr", [1, 2, 3, "x", None, True]),
    ("SELECT c.id, t.k FROM c JOIN t IN c.tags", [{"id": "d", "k": "v"}, {"id": "d", "k": "u"}]),
    ("SELECT VALUE [x, y] FROM c JOIN x IN c.arr JOIN y IN c.arr WHERE x < y",
     [[1, 2], [1, 3], [2, 3]]),
    ("SELECT VALUE t.k FROM t IN c.tags", ["v", "u"]),
    ("SELECT VALUE s FROM c JOIN (SELECT VALUE x FROM x IN c.arr WHERE x > 1) s", [2, 3]),
    ("SELECT VALUE o.x FROM c.o o", [1, 2]),
    ("SELECT * FROM c.o.y", [{"z": "deep"}]),
    ("SELECT VALUE ARRAY(SELECT VALUE x * 2 FROM x IN c.arr) FROM c WHERE c.id = 'a'", [[2, 4, 6]]),
    ("SELECT c.id, ARRAY(SELECT t.k FROM t IN c.tags) AS ks FROM c WHERE c.id = 'd'",
     [{"id": "d", "ks": [{"k": "v"}, {"k": "u"}]}]),
    ("SELECT VALUE (SELECT VALUE SUM(x) FROM x IN c.arr) FROM c WHERE c.id = 'a'", [6]),
    ("SELECT VALUE c.id FROM c ORDER BY c.n", ["f", "c", "a", "b", "e"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.n DESC", ["e", "b", "a", "c", "f"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.mix", ["c", "d", "b", "e", "f"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.b DESC, c.id DESC", ["a", "b", "c", "f", "e", "d"]),
    ("SELECT TOP 2 VALUE c.id FROM c ORDER BY c.id DESC", ["f", "e"]),
    ("SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 1 LIMIT 2", ["b", "c"]),
    ("SELECT VALUE c.id FROM c OFFSET 5 LIMIT 10", ["f"]),
    ("SELECT TOP 0 * FROM c", []),
    ("SELECT DISTINCT VALUE IS_NUMBER(c.n) FROM c", [True, False]),
    ("SELECT DISTINCT VALUE IIF(c.id < 'c', 1, IIF(c.id < 'e', 1.0, '1')) FROM c", [1, "1"]),
    ("SELECT DISTINCT c.missing FROM c", [{}]),
    ("SELECT VALUE COUNT(1) FROM c", [6]),
    ("SELECT VALUE COUNT(c.n) FROM c", [5]),
    ("SELECT COUNT(1) FROM c", [{"$1": 6}]),
    ("SELECT COUNT(1) AS n, MIN(c.id) AS low, MAX(c.id) AS high FROM c",
     [{"n": 6, "low": "a", "high": "f"}]),
    ("SELECT VALUE SUM(c.n) FROM c WHERE IS_NUMBER(c.n)", [0.5]),
    ("SELECT VALUE SUM(c.n) FROM c", []),
    ("SELECT VALUE SUM(c.missing) FROM c", [0]),
    ("SELECT VALUE AVG(c.n) FROM c WHERE c.n > 0", [1.75]),
    ("SELECT VALUE AVG(c.missing) FROM c", []),
    ("SELECT VALUE MIN(c.n) FROM c", [None]),
    ("SELECT VALUE MAX(c.n) FROM c", ["5"]),
    ("SELECT VALUE COUNT(1) FROM c WHERE false", [0]),
    ("SELECT VALUE MAX(c.n) FROM c WHERE false", []),
    ("SELECT c.b, COUNT(1) AS n FROM c GROUP BY c.b",
     [{"b": True, "n": 1}, {"b": False, "n": 1}, {"b": None, "n": 1}, {"n": 3}]),
    ("SELECT VALUE COUNT(1) FROM c GROUP BY IS_NUMBER(c.n)", [3, 3]),
    ("SELECT c.o.x, SUM(c.n) + 1 AS s FROM c WHERE c.o.x > 0 GROUP BY c.o.x",
     [{"x": 1, "s": 2}, {"x": 2, "s": 3.5}]),
    ("SELECT VALUE UPPER(c.b ?? 'none') FROM c WHERE false GROUP BY c.b", []),
    ("SELECT VALUE LEFT(c.s, 2) FROM c", ["ap", "Ba", "ün", "it"]),
    ("SELECT VALUE RIGHT(c.s, 2) FROM c WHERE c.id = 'a'", ["le"]),
    ("SELECT VALUE SUBSTRING(c.s, 1, 3) FROM c WHERE c.id = 'a'", ["ppl"]),
    ("SELECT VALUE REPLACE(c.s, 'p', 'P') FROM c WHERE c.id = 'a'", ["aPPle"]),
    ("SELECT VALUE INDEX_OF(c.s, 'l') FROM c WHERE c.id IN ('a', 'b')", [3, -1]),
    ("SELECT VALUE CONCAT(c.id, '-', c.s) FROM c WHERE c.id = 'a'", ["a-apple"]),
    ("SELECT VALUE CONCAT(c.id, c.n) FROM c", ["e5"]),
    ("SELECT VALUE [TRIM('  x '), REVERSE('ab'), REPLICATE('ab', 2), LOWER('Ü')]",
     [["x", "ba", "abab", "ü"]]),
    ("SELECT VALUE [ToString(1.0), ToString(true), ToString([1]), StringToNumber('1.5')]",
     [["1", "true", "[1]", 1.5]]),
    ("SELECT VALUE StringToArray('nonsense')", []),
    ("SELECT VALUE [ABS(-1), CEILING(1.2), FLOOR(-1.2), ROUND(2.5), SQRT(9), POWER(2, 3)]",
     [[1, 2, -2, 3, 3, 8]]),
    ("SELECT VALUE SQRT(-1)", []),
    ("SELECT VALUE [7 / 2, 8 / 2, -7 % 3, 1 << 3, ~1, 5 & 6, 5 ^ 6]", [[3.5, 4, -1, 8, -2, 4, 3]]),
    ("SELECT VALUE ARRAY_CONCAT([1], ['a'], [])", [[1, "a"]]),
    ("SELECT VALUE [ARRAY_SLICE([1,2,3,4], 1, 2), ARRAY_SLICE([1,2,3,4], -2)]", [[[2, 3], [3, 4]]]),
    ("SELECT VALUE [SetUnion([1,2],[2,3]), SetIntersect([1,2],[2,3])]", [[[1, 2, 3], [2]]]),
    ("SELECT VALUE IIF(1 < 2, 'yes', 'no')", ["yes"]),
    ("SELECT VALUE DateTimeAdd('mm', 1, '2026-01-31T00:00:00.0000000Z')",
     ["2026-02-28T00:00:00.0000000Z"]),
    ("SELECT VALUE DateTimeDiff('hour', '2026-01-01T00:59:00Z', '2026-01-01T02:00:00Z')", [2]),
    ("SELECT VALUE DateTimePart('ms', c.d) FROM c WHERE c.id = 'f'", [123]),
    ("SELECT VALUE DateTimeToTimestamp('1970-01-02T00:00:00Z')", [86_400_000]),
    ("SELECT VALUE VectorDistance([1, 0], [0, 1])", [0]),
    ("SELECT VALUE VectorDistance([3, 4], [0, 0], true, {'distanceFunction': 'euclidean'})", [5]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SELECT)
def test_select_returns_the_documented_rows(
    items: ContainerProxy, text: str, expected: list[Any]
) -> None:
    assert run(items, text) == expected


def test_the_star_returns_the_items_as_stored(items: ContainerProxy) -> None:
    assert run(items, "SELECT * FROM c WHERE c.id = 'a'") == [items.read_item("a", "p")]
    assert run(items, "SELECT VALUE c FROM c WHERE c.id = 'a'") == [items.read_item("a", "p")]
    assert run(items, "SELECT c FROM c WHERE c.id = 'a'") == [{"c": items.read_item("a", "p")}]


def test_parameters_take_values_of_every_type(items: ContainerProxy) -> None:
    text = "SELECT TOP @k VALUE c.id FROM c WHERE c.n = @n OR c.arr = @a OR c.o = @o"
    assert run(items, text, k=9, n=None, a=[], o={"x": 2}) == ["b", "f"]


REFUSED = [
    ("SELEC * FROM c", "SELEC"),
    ("SELECT * FROM c WHERE", "ends too early"),
    ("SELECT * FROM c WHERE c.n = = 1", "character 29"),
    ("SELECT * FROM c WHERE c.n = 'open", "character 29"),
    ("SELECT * FROM c HAVING c.n > 1", "HAVING"),
    ("SELECT NOSUCH(c.n) FROM c", "NOSUCH"),
    ("SELECT udf.mine(c.n) FROM c", "'\\('"),
    ("SELECT ST_DISTANCE(c.a, c.b) FROM c", "ST_DISTANCE"),
    ("SELECT LOWER() FROM c", "LOWER"),
    ("SELECT LOWER(c.s, 1) FROM c", "LOWER"),
    ("SELECT * FROM c WHERE x.n = 1", "'x'"),
    ("SELECT * FROM c WHERE c.n = @nope", "@nope"),
    ("SELECT * FROM c JOIN t IN c.arr", "single input set"),
    ("SELECT c.n, c.o.n FROM c", "twice"),
    ("SELECT c.n, COUNT(1) FROM c", "GROUP BY"),
    ("SELECT * FROM c WHERE COUNT(1) > 1", "COUNT"),
    ("SELECT COUNT(1) FROM c ORDER BY c.n", "ORDER BY"),
    ("SELECT * FROM c ORDER BY c.n + 1", "ORDER BY"),
    ("SELECT * FROM c ORDER BY LOWER(c.s)", "ORDER BY"),
    ("SELECT TOP 1 * FROM c OFFSET 1 LIMIT 1", "TOP"),
    ("SELECT TOP 'x' * FROM c", "'x'"),
    ("SELECT FullTextScore(c.s, 'x') FROM c", "RANK"),
    ("SELECT * FROM c ORDER BY RANK c.n", "RANK"),
    ("SELECT * FROM c WHERE REGEXMATCH(c.s, '(')", "RegexMatch"),
    ("SELECT * FROM c WHERE c.s LIKE '[z-a]'", "LIKE"),
    ("SELECT VALUE " + "(" * 400 + "1" + ")" * 400 + " + " + "~" * 300 + "1", "nested"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_not_understood_is_refused_by_name(
    items: ContainerProxy, text: str, message: str
) -> None:
    with pytest.raises(CosmosHttpResponseError, match=message) as failure:
        run(items, text)
    assert failure.value.status_code == 400
