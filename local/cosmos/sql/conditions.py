"""The condition of a patch: `FROM c WHERE ...`, asked of one document."""

from functools import lru_cache

from local.cosmos.errors import bad_request
from local.cosmos.sql.parser import parse_query
from local.cosmos.sql.scope import ROOT_SLOT, Compilation, Environment, Scope
from local.cosmos.sql.select import Plan, compile_select
from local.cosmos.values import UNDEFINED, Document


def holds(condition: str, document: Document) -> bool:
    """Whether a document satisfies a condition.

    Raises:
        CosmosError: 400, the condition is not of that form or not valid.
    """
    plan, size = _compile(condition)
    env: Environment = [UNDEFINED] * size
    env[ROOT_SLOT] = document
    return bool(plan.values(env))


@lru_cache(maxsize=256)
def _compile(condition: str) -> tuple[Plan, int]:
    if condition.lstrip()[:4].upper() != "FROM":
        raise bad_request("The condition of a patch must begin with FROM, as 'FROM c WHERE ...'.")
    select = parse_query("SELECT VALUE 1 " + condition.lstrip())
    compilation = Compilation({})
    return compile_select(select, Scope(compilation, {}), root=True), compilation.size
