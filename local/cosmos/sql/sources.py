"""FROM and JOIN: which values the aliases of a query take, combination by combination."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from local.cosmos.sql import syntax
from local.cosmos.sql.expressions import compile_expression
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.scope import ROOT_SLOT, Environment, Evaluate, Scope
from local.cosmos.sql.subqueries import compile_rows
from local.cosmos.values import Undefined, Value


@dataclass(frozen=True)
class BoundSource:
    """Where an alias is kept and where its values come from; None: it is set already."""

    slot: int
    evaluate: Evaluate | None
    many: bool

    def values(self, env: Environment) -> Sequence[Value]:
        """The values that the alias takes for what has been bound before it."""
        if self.evaluate is None:
            return (env[self.slot],)
        value = self.evaluate(env)
        if self.many:
            return value if isinstance(value, list) else ()
        return () if isinstance(value, Undefined) else (value,)


def bind_sources(
    sources: tuple[syntax.Source, ...], outer: Scope, *, root: bool
) -> tuple[list[BoundSource], Scope]:
    """Compile FROM; the scope returned sees its aliases.

    At the root, the first name is the container, whatever it is called.
    """
    bound: list[BoundSource] = []
    scope = outer
    for position, source in enumerate(sources):
        inner = scope
        if root and position == 0 and isinstance(source.value, syntax.Node):
            inner = replace(scope, aliases={**scope.aliases, _first_name(source.value): ROOT_SLOT})
        alias = alias_of(source)
        if not alias and isinstance(source.value, syntax.Node):
            raise query_error("The source needs an alias", source.position)
        if alias in scope.aliases and (root or position):
            raise query_error(f"The alias '{alias}' is given twice", source.position)
        entry = _bind(source, inner)
        bound.append(entry)
        if alias:
            scope = replace(scope, aliases={**scope.aliases, alias: entry.slot})
    return bound, scope


def _bind(source: syntax.Source, scope: Scope) -> BoundSource:
    value = source.value
    if isinstance(value, syntax.Select):
        rows = compile_rows(value, scope)
        evaluate = _elements_of(rows) if source.iterates else rows
        return BoundSource(scope.compilation.new_slot(), evaluate, many=True)
    if isinstance(value, syntax.Name) and not source.iterates:
        return BoundSource(scope.slot_of(value), None, many=False)
    evaluate = compile_expression(value, scope)
    return BoundSource(scope.compilation.new_slot(), evaluate, many=source.iterates)


def _elements_of(rows: Evaluate) -> Evaluate:
    """What `x IN (SELECT ...)` goes through: the elements of the arrays that the query returns."""

    def evaluate(env: Environment) -> Value:
        results = rows(env)
        arrays = results if isinstance(results, list) else []
        return [entry for array in arrays if isinstance(array, list) for entry in array]

    return evaluate


def _first_name(node: syntax.Node) -> str:
    while isinstance(node, syntax.Member | syntax.Index):
        node = node.base
    return node.name if isinstance(node, syntax.Name) else ""


def alias_of(source: syntax.Source) -> str:
    """The name under which a source is known: the one it was given, else its path's last part."""
    if source.alias:
        return source.alias
    node = source.value
    return node.name if isinstance(node, syntax.Member | syntax.Name) else ""


def expand(sources: Sequence[BoundSource], env: Environment, at: int = 0) -> Iterator[None]:
    """Set the aliases to one combination of values after the other."""
    if at == len(sources):
        yield
        return
    source = sources[at]
    for value in source.values(env):
        env[source.slot] = value
        yield from expand(sources, env, at + 1)
