"""From query text to a syntax tree, with the errors of the service: what, and where."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import cast

from lark import Lark, Token, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.tree import Meta
from lark.visitors import Transformer_NonRecursive

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.sql import syntax
from local.cosmos.values import UNDEFINED, Value

# Deep enough for people and generators, shallow enough for Python's stack.
MAX_DEPTH = 100
MAX_QUERY_CHARACTERS = 512 * 1024
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


def query_error(message: str, position: int) -> CosmosError:
    """A query that cannot be run: 400 with the place in its text."""
    return bad_request(f"{message} (at character {position + 1} of the query)")


@lru_cache(maxsize=512)
def parse_query(text: str) -> syntax.Select:
    """Parse a query; the trees of recent queries are kept.

    Raises:
        CosmosError: 400 with the position of what is not understood.
    """
    if len(text) > MAX_QUERY_CHARACTERS:
        raise bad_request(f"The query has more than {MAX_QUERY_CHARACTERS} characters.")
    try:
        tree = _parser().parse(text)
    except UnexpectedToken as error:
        position = error.pos_in_stream or 0
        if error.token.type == "$END":
            raise query_error("Syntax error, the query ends too early", len(text)) from error
        raise query_error(
            f"Syntax error, incorrect syntax near '{error.token}'", position
        ) from error
    except UnexpectedCharacters as error:
        position = error.pos_in_stream or 0
        raise query_error(
            f"Syntax error near '{text[position : position + 10]}'", position
        ) from error
    except UnexpectedInput as error:
        raise query_error("Syntax error", error.pos_in_stream or 0) from error
    select = _TreeBuilder().transform(tree)
    _check_depth(select)
    return select


def _check_depth(select: syntax.Select) -> None:
    """Refuse what is nested too deeply, without recursion: later passes recurse."""
    waiting = [(node, 1) for node in syntax.inner_nodes(select)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            position = node.position
            raise query_error(f"Expressions are nested more than {MAX_DEPTH} deep", position)
        waiting += [(child, depth + 1) for child in syntax.inner_nodes(node)]


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        propagate_positions=True,
        maybe_placeholders=True,
    )


def unquote(token: str) -> str:
    """The text that a string literal stands for."""

    def replace(match: re.Match[str]) -> str:
        body = match[1]
        if len(body) > 1:
            return chr(int(body[1:], 16))
        return _ESCAPES.get(body, body)

    text = _ESCAPE.sub(replace, token[1:-1])
    # \ud83d\ude00 spells one character in two escapes.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _parse_number(text: str) -> Value:
    return int(text) if text.isdigit() and len(text) < 19 else float(text)


type _Part = syntax.Node | Token | None


def _at(meta: Meta) -> int:
    return int(getattr(meta, "start_pos", 0))


@v_args(inline=True, meta=True)
class _TreeBuilder(Transformer_NonRecursive[Token, syntax.Select]):
    """One method per rule of the grammar; non-recursive, so that no text is too deep for it."""

    def start(self, _: Meta, select: syntax.Select) -> syntax.Select:
        return select

    def select(self, meta: Meta, *parts: object) -> syntax.Select:
        _, distinct, top, projection, sources, where, groups, order, limit = parts
        keys = cast("tuple[syntax.OrderItem, ...] | syntax.Node | None", order)
        offset, count = cast("tuple[syntax.Node, syntax.Node] | None", limit) or (None, None)
        return syntax.Select(
            position=_at(meta),
            distinct=distinct is not None,
            top=cast("syntax.Node | None", top),
            projection=cast("syntax.Projection", projection),
            sources=cast("tuple[syntax.Source, ...] | None", sources) or (),
            where=cast("syntax.Node | None", where),
            group_by=cast("tuple[syntax.Node, ...] | None", groups) or (),
            order_by=keys if isinstance(keys, tuple) else (),
            rank=keys if isinstance(keys, syntax.Node) else None,
            offset=offset,
            limit=count,
        )

    def top(self, _: Meta, __: Token, count: syntax.Node) -> syntax.Node:
        return count

    def count_literal(self, meta: Meta, token: Token) -> syntax.Node:
        return syntax.Constant(_at(meta), _parse_number(token))

    def count_parameter(self, meta: Meta, token: Token) -> syntax.Node:
        return syntax.Parameter(_at(meta), str(token))

    def limit(
        self, _: Meta, __: Token, offset: syntax.Node, ___: Token, count: syntax.Node
    ) -> tuple[syntax.Node, syntax.Node]:
        return offset, count

    def select_all(self, _: Meta) -> syntax.Projection:
        return syntax.Projection("all", ())

    def select_value(self, _: Meta, __: Token, expression: syntax.Node) -> syntax.Projection:
        return syntax.Projection("value", (syntax.SelectItem(expression, None),))

    def select_list(self, _: Meta, *items: syntax.SelectItem) -> syntax.Projection:
        return syntax.Projection("list", items)

    def select_item(
        self, _: Meta, expression: syntax.Node, *names: Token | None
    ) -> syntax.SelectItem:
        alias = names[-1] if names else None
        return syntax.SelectItem(expression, str(alias) if alias else None)

    def from_clause(self, _: Meta, *parts: object) -> tuple[syntax.Source, ...]:
        return tuple(part for part in parts if isinstance(part, syntax.Source))

    def bind_source(
        self, meta: Meta, value: syntax.Node | syntax.Select, *names: Token | None
    ) -> syntax.Source:
        alias = names[-1] if names else None
        return syntax.Source(_at(meta), value, str(alias) if alias else None, iterates=False)

    def iterate_source(
        self, meta: Meta, alias: Token, _: Token, value: syntax.Node | syntax.Select
    ) -> syntax.Source:
        return syntax.Source(_at(meta), value, str(alias), iterates=True)

    def source_path(self, meta: Meta, name: Token, *steps: str | int) -> syntax.Node:
        path: syntax.Node = syntax.Name(_at(meta), str(name))
        for step in steps:
            if isinstance(step, str):
                path = syntax.Member(_at(meta), path, step)
            else:
                path = syntax.Index(_at(meta), path, syntax.Constant(_at(meta), step))
        return path

    def source_query(self, _: Meta, select: syntax.Select) -> syntax.Select:
        return select

    def step_name(self, _: Meta, name: Token) -> str:
        return str(name)

    def step_string(self, _: Meta, text: Token) -> str:
        return unquote(text)

    def step_index(self, _: Meta, number: Token) -> int:
        return int(number)

    def where(self, _: Meta, __: Token, expression: syntax.Node) -> syntax.Node:
        return expression

    def group_by(self, _: Meta, *parts: _Part) -> tuple[syntax.Node, ...]:
        return _nodes(parts)

    def order_by_items(self, _: Meta, *parts: object) -> tuple[syntax.OrderItem, ...]:
        return tuple(part for part in parts if isinstance(part, syntax.OrderItem))

    def order_by_rank(self, _: Meta, *parts: _Part) -> syntax.Node:
        return _nodes(parts)[0]

    def order_item(
        self, _: Meta, expression: syntax.Node, direction: Token | None = None
    ) -> syntax.OrderItem:
        descending = direction is not None and direction.type == "DESC"
        return syntax.OrderItem(expression, descending, explicit=direction is not None)

    def conditional(self, meta: Meta, *parts: syntax.Node) -> syntax.Node:
        return syntax.Conditional(_at(meta), *parts)

    def coalesce(self, meta: Meta, *parts: syntax.Node) -> syntax.Node:
        return syntax.Logical(_at(meta), "??", parts)

    def disjunction(self, meta: Meta, *parts: _Part) -> syntax.Node:
        return syntax.Logical(_at(meta), "OR", _nodes(parts))

    def conjunction(self, meta: Meta, *parts: _Part) -> syntax.Node:
        return syntax.Logical(_at(meta), "AND", _nodes(parts))

    def logical_not(self, meta: Meta, _: Token, operand: syntax.Node) -> syntax.Node:
        return syntax.Prefixed(_at(meta), "NOT", operand)

    def in_list(self, meta: Meta, value: syntax.Node, *parts: _Part) -> syntax.Node:
        return syntax.InList(_at(meta), value, _nodes(parts), parts[0] is not None)

    def between(self, meta: Meta, value: syntax.Node, *parts: _Part) -> syntax.Node:
        low, high = _nodes(parts)
        return syntax.Between(_at(meta), value, low, high, parts[0] is not None)

    def like(self, meta: Meta, value: syntax.Node, *parts: _Part) -> syntax.Node:
        (pattern,) = _nodes(parts)
        escape = parts[-1]
        text = unquote(escape) if isinstance(escape, Token) else None
        return syntax.Like(_at(meta), value, pattern, text, parts[0] is not None)

    def prefixed(self, meta: Meta, operator: Token, operand: syntax.Node) -> syntax.Node:
        return syntax.Prefixed(_at(meta), str(operator), operand)

    def member(self, meta: Meta, base: syntax.Node, name: Token) -> syntax.Node:
        return syntax.Member(_at(meta), base, str(name))

    def index(self, meta: Meta, base: syntax.Node, index: syntax.Node) -> syntax.Node:
        if isinstance(index, syntax.Constant) and isinstance(index.value, str):
            return syntax.Member(_at(meta), base, index.value)
        return syntax.Index(_at(meta), base, index)

    def number(self, meta: Meta, token: Token) -> syntax.Node:
        return syntax.Constant(_at(meta), _parse_number(token))

    def string(self, meta: Meta, token: Token) -> syntax.Node:
        return syntax.Constant(_at(meta), unquote(token))

    def true(self, meta: Meta, _: Token) -> syntax.Node:
        return syntax.Constant(_at(meta), True)

    def false(self, meta: Meta, _: Token) -> syntax.Node:
        return syntax.Constant(_at(meta), False)

    def null(self, meta: Meta, _: Token) -> syntax.Node:
        return syntax.Constant(_at(meta), None)

    def undefined(self, meta: Meta, _: Token) -> syntax.Node:
        return syntax.Constant(_at(meta), UNDEFINED)

    def parameter(self, meta: Meta, token: Token) -> syntax.Node:
        return syntax.Parameter(_at(meta), str(token))

    def name(self, meta: Meta, token: Token) -> syntax.Node:
        return syntax.Name(_at(meta), str(token))

    def call(self, meta: Meta, name: Token, *parts: _Part) -> syntax.Node:
        return syntax.Call(_at(meta), name.upper(), _nodes(parts))

    def scalar_query(self, meta: Meta, select: syntax.Select) -> syntax.Node:
        return syntax.Subquery(_at(meta), "value", select)

    def exists(self, meta: Meta, _: Token, select: syntax.Select) -> syntax.Node:
        return syntax.Subquery(_at(meta), "EXISTS", select)

    def array_query(self, meta: Meta, _: Token, select: syntax.Select) -> syntax.Node:
        return syntax.Subquery(_at(meta), "ARRAY", select)

    def array(self, meta: Meta, *parts: _Part) -> syntax.Node:
        return syntax.ArrayLiteral(_at(meta), _nodes(parts))

    def object(self, meta: Meta, *entries: tuple[str, syntax.Node] | None) -> syntax.Node:
        return syntax.ObjectLiteral(_at(meta), tuple(entry for entry in entries if entry))

    def entry(self, _: Meta, name: Token, value: syntax.Node) -> tuple[str, syntax.Node]:
        return (unquote(name) if name.type == "STRING" else str(name)), value


def _nodes(parts: tuple[_Part, ...]) -> tuple[syntax.Node, ...]:
    return tuple(part for part in parts if isinstance(part, syntax.Node))


def _add_chain(rule: str) -> None:
    def build(
        _: _TreeBuilder, meta: Meta, first: syntax.Node, *rest: syntax.Node | Token
    ) -> syntax.Node:
        pairs = tuple(
            (str(rest[at]), cast("syntax.Node", rest[at + 1])) for at in range(0, len(rest), 2)
        )
        return syntax.Chain(_at(meta), first, pairs)

    decorated: Callable[..., syntax.Node] = v_args(inline=True, meta=True)(build)
    setattr(_TreeBuilder, rule, decorated)


for _rule in (
    "comparison",
    "bit_or",
    "bit_xor",
    "bit_and",
    "shift",
    "concatenation",
    "sum",
    "product",
):
    _add_chain(_rule)
