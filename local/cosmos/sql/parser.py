"""From query text to a syntax tree, with the errors of the service: what, and where."""

from functools import lru_cache
from pathlib import Path
from typing import cast

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.sql import syntax
from local.cosmos.sql.tree import build_tree

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
    except ValueError as error:
        raise bad_request(f"The query is not valid: {error}.") from error
    _check_depth(select)
    return select


def _explain(error: UnexpectedInput, text: str) -> CosmosError:
    position = error.pos_in_stream or 0
    if isinstance(error, UnexpectedToken):
        token = cast("Token", error.token)
        if token.type == "$END":
            return query_error("Syntax error, the query ends too early", len(text))
        return query_error(f"Syntax error, incorrect syntax near '{token}'", position)
    if isinstance(error, UnexpectedCharacters):
        return query_error(f"Syntax error near '{text[position : position + 10]}'", position)
    return query_error("Syntax error", position)


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
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=True)
