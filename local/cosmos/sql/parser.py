"""From query text to a syntax tree, with the errors of the service: what, and where."""

from functools import lru_cache
from pathlib import Path
from typing import cast

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.sql import syntax
from local.cosmos.sql.tree import InvalidLiteralError, build_tree

# Deep enough for people and generators, shallow enough for Python's stack.
MAX_DEPTH = 100
MAX_QUERY_CHARACTERS = 512 * 1024


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
        tree = _parser().parse(text)  # pyright: ignore[reportUnknownMemberType] - lark's own
    except UnexpectedInput as error:
        raise _explain(error, text) from error
    try:
        select = build_tree(tree)
    except InvalidLiteralError as error:
        raise query_error(f"The query is not valid: {error}", error.position) from error
    _check_nodes(select)
    return select


def _explain(error: UnexpectedInput, text: str) -> CosmosError:
    position = error.pos_in_stream or 0
    if isinstance(error, UnexpectedToken):
        token = cast("Token", error.token)
        if token.type == "$END":
            return query_error("Syntax error, the query ends too early", len(text))
        hint = f', a property of that name is written ["{token}"]' if token.isalpha() else ""
        return query_error(f"Syntax error, incorrect syntax near '{token}'{hint}", position)
    if text.startswith("udf.", position):
        return query_error("User-defined functions (udf.) are not supported", position)
    return query_error(f"Syntax error near '{text[position : position + 10]}'", position)


# They take numbers or texts, never what a comparison gives.
_NO_CONDITIONS = frozenset({"&", "|", "^", "||"})
_COMPARISONS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})


def _check_nodes(select: syntax.Select) -> None:
    """Refuse what is nested too deeply, without recursion: later passes recurse.

    Also where an operator that binds less tightly than a comparison has one as its operand: the
    author must have meant another grouping, whose result would be another one too.
    """
    waiting = [(node, 1) for node in syntax.inner_nodes(select)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            position = node.position
            raise query_error(f"Expressions are nested more than {MAX_DEPTH} deep", position)
        inner = syntax.inner_nodes(node)
        if isinstance(node, syntax.Chain) and node.rest[0][0] in _NO_CONDITIONS:
            _check_operands(node.rest[0][0], inner)
        waiting += [(child, depth + 1) for child in inner]


def _check_operands(operator: str, operands: tuple[syntax.Node, ...]) -> None:
    for operand in operands:
        if isinstance(operand, syntax.Chain) and operand.rest[0][0] in _COMPARISONS:
            raise query_error(
                f"'{operator}' binds less tightly than a comparison: put parentheses around it",
                operand.position,
            )


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=True)
