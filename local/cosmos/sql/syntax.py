"""The syntax tree of a query. Positions, offsets into the text, do not count in comparisons."""

from collections.abc import Callable
from dataclasses import dataclass, field

from local.cosmos.values import Value


@dataclass(frozen=True, slots=True)
class Node:
    """Any expression."""

    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A literal. The kind keeps 1, 1.0 and true apart, which Python holds to be equal."""

    value: Value
    kind: type = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", type(self.value))


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """`@name`, the sign included in the name."""

    name: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """An alias."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`base.name`, also written `base["name"]`."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`base[index]` where the index is not a literal string."""

    base: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Prefixed(Node):
    """A sign, `~` or NOT before an expression."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Operands with left-associative operators of one precedence between them."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """AND, OR or `??` over two or more operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class InList(Node):
    """`value [NOT] IN (options)`."""

    value: Node
    options: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`value [NOT] BETWEEN low AND high`."""

    value: Node
    low: Node
    high: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Like(Node):
    """`value [NOT] LIKE pattern [ESCAPE character]`."""

    value: Node
    pattern: Node
    escape: str | None
    negated: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function, its name in capitals."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ArrayLiteral(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ObjectLiteral(Node):
    """`{"a": b}`."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Subquery(Node):
    """A query in parentheses: kind is `value`, `EXISTS` or `ARRAY`."""

    kind: str
    select: "Select"


@dataclass(frozen=True, slots=True)
class SelectItem:
    """One expression of a select list and the name it was given, if any."""

    expression: Node
    alias: str | None


@dataclass(frozen=True, slots=True)
class Projection:
    """What a query returns: everything (no items), one value, or an object of items."""

    kind: str  # "all", "value" or "list"
    items: tuple[SelectItem, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of FROM: an expression or a query, bound to an alias or iterated under it."""

    position: int = field(compare=False)
    value: "Node | Select"
    alias: str | None
    iterates: bool


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One key of ORDER BY."""

    expression: Node
    descending: bool
    explicit: bool  # ASC or DESC was written


@dataclass(frozen=True, slots=True)
class Select:
    """A query. Counts are literals or parameters; rank is the expression after ORDER BY RANK."""

    position: int = field(compare=False)
    distinct: bool
    top: Node | None
    projection: Projection
    sources: tuple[Source, ...]
    where: Node | None
    group_by: tuple[Node, ...]
    having: Node | None
    order_by: tuple[OrderItem, ...]
    rank: Node | None
    offset: Node | None
    limit: Node | None


def children(node: Node) -> tuple[Node, ...]:
    """The expressions directly inside an expression, those of subqueries excluded."""
    inner = _CHILDREN.get(type(node))
    return inner(node) if inner else ()


def _inside[N: Node](
    kind: type[N], inner: Callable[[N], tuple[Node, ...]]
) -> tuple[type[Node], Callable[[Node], tuple[Node, ...]]]:
    return kind, lambda node: inner(node) if isinstance(node, kind) else ()


_CHILDREN: dict[type[Node], Callable[[Node], tuple[Node, ...]]] = dict(
    [
        _inside(Member, lambda node: (node.base,)),
        _inside(Index, lambda node: (node.base, node.index)),
        _inside(Prefixed, lambda node: (node.operand,)),
        _inside(Chain, lambda node: (node.first, *(operand for _, operand in node.rest))),
        _inside(Logical, lambda node: node.operands),
        _inside(Conditional, lambda node: (node.condition, node.yes, node.no)),
        _inside(InList, lambda node: (node.value, *node.options)),
        _inside(Between, lambda node: (node.value, node.low, node.high)),
        _inside(Like, lambda node: (node.value, node.pattern)),
        _inside(Call, lambda node: node.arguments),
        _inside(ArrayLiteral, lambda node: node.items),
        _inside(ObjectLiteral, lambda node: tuple(value for _, value in node.entries)),
    ]
)


def expressions_of(select: Select) -> tuple[Node, ...]:
    """The expressions directly inside a query, those of its subqueries excluded."""
    optional = (
        select.top,
        select.where,
        select.having,
        select.rank,
        select.offset,
        select.limit,
    )
    return (
        *(item.expression for item in select.projection.items),
        *(source.value for source in select.sources if isinstance(source.value, Node)),
        *select.group_by,
        *(item.expression for item in select.order_by),
        *(node for node in optional if node is not None),
    )


def inner_nodes(node: Node | Select) -> tuple[Node, ...]:
    """The expressions directly inside a query or an expression, those of subqueries included."""
    if isinstance(node, Select):
        queries = [source.value for source in node.sources if isinstance(source.value, Select)]
        return expressions_of(node) + tuple(
            inner for query in queries for inner in inner_nodes(query)
        )
    if isinstance(node, Subquery):
        return inner_nodes(node.select)
    return children(node)
