"""From the parser's tree, with one node per rule of the grammar, to the syntax tree.

Works bottom-up over a list, without recursion, so that no text is too deep for it.
"""

from collections.abc import Callable, Iterable
from typing import cast

from lark import Token, Tree

from local.cosmos.sql import syntax
from local.cosmos.sql.literals import parse_number, unquote
from local.cosmos.values import UNDEFINED, Value

# What the children of a rule have become: anything that a rule below returned, or a token.
type _Parts = list[object]
type _Rule = Callable[[int, _Parts], object]


class InvalidLiteralError(ValueError):
    """A literal that the grammar takes but that stands for nothing."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.position = position


def build_tree(tree: Tree[Token]) -> syntax.Select:
    """Convert a parsed query.

    Raises:
        InvalidLiteralError: a literal is not valid.
    """
    built: dict[int, object] = {}
    for part in tree.iter_subtrees():
        children = cast("list[Tree[Token] | Token | None]", part.children)
        parts: _Parts = [
            built[id(child)] if isinstance(child, Tree) else child for child in children
        ]
        position = 0 if part.meta.empty else part.meta.start_pos
        try:
            built[id(part)] = _RULES[str(part.data)](position, parts)
        except ValueError as error:
            raise InvalidLiteralError(str(error), position) from error
    return cast("syntax.Select", built[id(tree)])


def _nodes(parts: Iterable[object]) -> tuple[syntax.Node, ...]:
    return tuple(part for part in parts if isinstance(part, syntax.Node))


def _node(parts: _Parts) -> syntax.Node:
    return _nodes(parts)[0]


def _text(part: object) -> str | None:
    return str(part) if isinstance(part, Token) else None


def _select(position: int, parts: _Parts) -> syntax.Select:
    _, distinct, top, projection, sources, where, groups, having, order, limit = parts
    offset, count = cast("tuple[syntax.Node, syntax.Node] | None", limit) or (None, None)
    ranked = isinstance(order, syntax.Node)
    return syntax.Select(
        position=position,
        distinct=distinct is not None,
        top=cast("syntax.Node | None", top),
        projection=cast("syntax.Projection", projection),
        sources=cast("tuple[syntax.Source, ...] | None", sources) or (),
        where=cast("syntax.Node | None", where),
        group_by=cast("tuple[syntax.Node, ...] | None", groups) or (),
        having=cast("syntax.Node | None", having),
        order_by=() if ranked else cast("tuple[syntax.OrderItem, ...] | None", order) or (),
        rank=order if ranked else None,
        offset=offset,
        limit=count,
    )


def _select_value(_: int, parts: _Parts) -> syntax.Projection:
    return syntax.Projection("value", (syntax.SelectItem(_node(parts), None),))


def _select_list(_: int, parts: _Parts) -> syntax.Projection:
    items = tuple(part for part in parts if isinstance(part, syntax.SelectItem))
    return syntax.Projection("list", items)


def _from_clause(_: int, parts: _Parts) -> tuple[syntax.Source, ...]:
    return tuple(part for part in parts if isinstance(part, syntax.Source))


def _bind_source(position: int, parts: _Parts) -> syntax.Source:
    value = cast("syntax.Node | syntax.Select", parts[0])
    return syntax.Source(position, value, _text(parts[-1]), iterates=False)


def _iterate_source(position: int, parts: _Parts) -> syntax.Source:
    value = cast("syntax.Node | syntax.Select", parts[-1])
    return syntax.Source(position, value, _text(parts[0]), iterates=True)


def _source_path(position: int, parts: _Parts) -> syntax.Node:
    path: syntax.Node = syntax.Name(position, str(parts[0]))
    for step in parts[1:]:
        if isinstance(step, str):
            path = syntax.Member(position, path, step)
        else:
            index = syntax.Constant(position, cast("int", step))
            path = syntax.Index(position, path, index)
    return path


def _order_items(_: int, parts: _Parts) -> tuple[syntax.OrderItem, ...]:
    return tuple(part for part in parts if isinstance(part, syntax.OrderItem))


def _order_item(_: int, parts: _Parts) -> syntax.OrderItem:
    direction = (_text(parts[-1]) or "").upper()
    return syntax.OrderItem(_node(parts), direction == "DESC", explicit=bool(direction))


def _chain(position: int, parts: _Parts) -> syntax.Node:
    first, *rest = _nodes(parts)
    operators = [str(part) for part in parts if isinstance(part, Token)]
    return syntax.Chain(position, first, tuple(zip(operators, rest, strict=True)))


def _logical(operator: str) -> _Rule:
    return lambda position, parts: syntax.Logical(position, operator, _nodes(parts))


def _prefixed(position: int, parts: _Parts) -> syntax.Node:
    return syntax.Prefixed(position, str(parts[0]).upper(), _node(parts))


def _in_list(position: int, parts: _Parts) -> syntax.Node:
    value, *options = _nodes(parts)
    return syntax.InList(position, value, tuple(options), _is_negated(parts))


def _between(position: int, parts: _Parts) -> syntax.Node:
    value, low, high = _nodes(parts)
    return syntax.Between(position, value, low, high, _is_negated(parts))


def _like(position: int, parts: _Parts) -> syntax.Node:
    value, pattern = _nodes(parts)
    last = parts[-1]
    escape = unquote(last) if isinstance(last, Token) and last.type == "STRING" else None
    if escape is not None and len(escape) != 1:
        raise ValueError("ESCAPE takes one character")
    return syntax.Like(position, value, pattern, escape, _is_negated(parts))


def _is_negated(parts: _Parts) -> bool:
    return isinstance(parts[1], Token) and parts[1].type == "NOT"


def _index(position: int, parts: _Parts) -> syntax.Node:
    base, index = _nodes(parts)
    if isinstance(index, syntax.Constant) and isinstance(index.value, str):
        return syntax.Member(position, base, index.value)
    return syntax.Index(position, base, index)


def _constant(value: Value) -> _Rule:
    return lambda position, _: syntax.Constant(position, value)


def _number(position: int, parts: _Parts) -> syntax.Node:
    return syntax.Constant(position, parse_number(str(parts[0])))


def _parameter(position: int, parts: _Parts) -> syntax.Node:
    return syntax.Parameter(position, str(parts[0]))


def _call(position: int, parts: _Parts) -> syntax.Node:
    return syntax.Call(position, str(parts[0]).upper(), _nodes(parts))


def _subquery(kind: str) -> _Rule:
    return lambda position, parts: syntax.Subquery(position, kind, cast("syntax.Select", parts[-1]))


def _object(position: int, parts: _Parts) -> syntax.Node:
    entries = cast("list[tuple[str, syntax.Node] | None]", parts)
    given = tuple(entry for entry in entries if entry)
    seen: set[str] = set()
    for name, value in given:
        if name in seen:
            raise InvalidLiteralError(f"'{name}' is there twice in an object", value.position)
        seen.add(name)
    return syntax.ObjectLiteral(position, given)


def _entry(_: int, parts: _Parts) -> tuple[str, syntax.Node]:
    name = cast("Token", parts[0])
    return (unquote(name) if name.type == "STRING" else str(name)), _node(parts)


_RULES: dict[str, _Rule] = {
    "start": lambda _, parts: parts[0],
    "select": _select,
    "top": lambda _, parts: _node(parts),
    "count_literal": _number,
    "count_parameter": _parameter,
    "limit": lambda _, parts: _nodes(parts),
    "select_all": lambda _, __: syntax.Projection("all", ()),
    "select_value": _select_value,
    "select_list": _select_list,
    "select_item": lambda _, parts: syntax.SelectItem(_node(parts), _text(parts[-1])),
    "from_clause": _from_clause,
    "bind_source": _bind_source,
    "iterate_source": _iterate_source,
    "source_path": _source_path,
    "source_query": lambda _, parts: parts[0],
    "step_name": lambda _, parts: str(parts[0]),
    "step_string": lambda _, parts: unquote(str(parts[0])),
    "step_index": lambda _, parts: int(str(parts[0])),
    "where": lambda _, parts: _node(parts),
    "having": lambda _, parts: _node(parts),
    "group_by": lambda _, parts: _nodes(parts),
    "order_by_items": _order_items,
    "order_by_rank": lambda _, parts: _node(parts),
    "order_item": _order_item,
    "conditional": lambda position, parts: syntax.Conditional(position, *_nodes(parts)),
    "coalesce": _logical("??"),
    "disjunction": _logical("OR"),
    "conjunction": _logical("AND"),
    "logical_not": _prefixed,
    "prefixed": _prefixed,
    "in_list": _in_list,
    "between": _between,
    "like": _like,
    "member": lambda position, parts: syntax.Member(position, _node(parts), str(parts[-1])),
    "index": _index,
    "number": _number,
    "string": lambda position, parts: syntax.Constant(position, unquote(str(parts[0]))),
    "true": _constant(True),
    "false": _constant(False),
    "null": _constant(None),
    "undefined": _constant(UNDEFINED),
    "parameter": _parameter,
    "name": lambda position, parts: syntax.Name(position, str(parts[0])),
    "call": _call,
    "scalar_query": _subquery("value"),
    "exists": _subquery("EXISTS"),
    "array_query": _subquery("ARRAY"),
    "array": lambda position, parts: syntax.ArrayLiteral(position, _nodes(parts)),
    "object": _object,
    "entry": _entry,
}
for _name in (
    "equality",
    "relation",
    "bit_or",
    "bit_xor",
    "bit_and",
    "shift",
    "concatenation",
    "sum",
    "product",
):
    _RULES[_name] = _chain
