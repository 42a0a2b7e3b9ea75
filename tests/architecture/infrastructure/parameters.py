"""main.parameters.json and main.bicep say the same: names, and defaults."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.bicep.expressions import evaluate
from tests.architecture.bicep.syntax import Declaration, parse

_BOUND = re.compile(r"\$\{(?P<variable>[A-Z][A-Z0-9_]*)(?:=(?P<default>.*))?\}")


def find_parameter_problems(root: Path) -> Iterator[str]:
    """Parameters that azd cannot set, keys that are no parameters, defaults that differ."""
    path = root / "infra" / "main.parameters.json"
    given = json.loads(path.read_text("utf-8"))["parameters"]
    template = parse(root / "infra" / "main.bicep")
    declared = {item.name: item for item in template.of_kind("param")}
    for name in sorted(given.keys() - declared.keys()):
        yield f"{path.name}: main.bicep has no parameter {name}"
    variables: dict[str, str] = {}
    for name, declaration in declared.items():
        if name not in given:
            yield f"{path.name}: {name} is missing, so azd cannot set it"
            continue
        value = given[name]["value"]
        if not isinstance(value, str):
            if value != _default(declaration, root):
                yield f"{path.name}: {name} has another default in main.bicep"
            continue
        bound = _BOUND.fullmatch(value)
        if bound is None:
            yield f"{path.name}: {name} is not bound to a variable: {value}"
            continue
        if other := variables.get(bound["variable"]):
            yield f"{path.name}: {name} and {other} are bound to the same variable"
        variables[bound["variable"]] = name
        if not _agrees(bound["default"], declaration, root):
            yield f"{path.name}: {name} has another default in main.bicep"


def _agrees(default: str | None, declaration: Declaration, root: Path) -> bool:
    if declaration.value is None:
        return default is None
    value = _default(declaration, root)
    expected = str(value).lower() if isinstance(value, bool) else str(value)
    return (default or "") == expected


def _default(declaration: Declaration, root: Path) -> object:
    assert declaration.value is not None
    return evaluate(declaration.value, lambda name: name, root / "infra")
