"""What is wrong with the templates as files: syntax, names, types, calls of modules, role ids."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.bicep.names import find_name_problems
from tests.architecture.bicep.resource_types import find_type_problems, role_ids_in
from tests.architecture.bicep.syntax import (
    Declaration,
    Template,
    declared_body,
    parse_folder,
    properties,
)

# From Azure's list of built-in roles; the ids of infra/role-ids.json are checked against it.
BUILT_IN_ROLES = {
    "cognitiveServicesOpenAIUser": "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
    "durableTaskDataContributor": "0ad04412-c4d5-4796-b79c-f76d14c8d402",
    "keyVaultSecretsUser": "4633458b-17de-408a-b874-0445c86b69e6",
    "monitoringMetricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "storageBlobDataOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "storageQueueDataContributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "storageTableDataContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
}
COSMOS_DATA_CONTRIBUTOR = "00000000-0000-0000-0000-000000000002"


def find_template_problems(root: Path) -> Iterator[str]:
    """Every problem of every .bicep file, with file and line."""
    infra = (root / "infra").resolve()
    templates = parse_folder(infra)
    called: set[Path] = {infra / "main.bicep"}
    for path, template in templates.items():
        for problem in _problems_of(template, templates, called):
            yield f"{path.relative_to(infra.parent)}: {problem}"
    for path in sorted(templates.keys() - called):
        yield f"{path.relative_to(infra.parent)}: no template uses it"
    yield from _find_role_problems(infra)
    yield from _find_abbreviation_problems(infra)


def _problems_of(
    template: Template, templates: dict[Path, Template], called: set[Path]
) -> Iterator[str]:
    if errors := template.syntax_errors():
        yield f"line {errors[0]}: not Bicep"
        return
    yield from find_name_problems(template)
    yield from find_type_problems(template)
    for declaration in template.of_kind("module"):
        path = (template.path.parent / declaration.target).resolve()
        called.add(path)
        if path not in templates:
            yield f"line {declaration.line}: there is no module {declaration.target}"
        else:
            yield from _find_call_problems(declaration, templates[path])
    if ids := role_ids_in(template) - {COSMOS_DATA_CONTRIBUTOR}:
        yield f"ids belong into role-ids.json: {sorted(ids)}"


def _find_call_problems(declaration: Declaration, module: Template) -> Iterator[str]:
    body = declared_body(declaration)
    parts = properties(body) if body is not None else {}
    given = properties(parts["params"]) if "params" in parts else {}
    declared = {item.name: item for item in module.of_kind("param")}
    where = f"line {declaration.line}: module {declaration.name}"
    for name in sorted(given.keys() - declared.keys()):
        yield f"{where}: {declaration.target} has no parameter {name}"
    for name, parameter in declared.items():
        if parameter.value is None and name not in given:
            yield f"{where}: parameter {name} is not given"


def _find_role_problems(infra: Path) -> Iterator[str]:
    roles = json.loads((infra / "role-ids.json").read_text("utf-8"))
    for name, role_id in roles.items():
        if BUILT_IN_ROLES.get(name) != role_id:
            yield f"infra/role-ids.json: {name} is not {role_id}"


def _find_abbreviation_problems(infra: Path) -> Iterator[str]:
    kept = set(json.loads((infra / "abbreviations.json").read_text("utf-8")))
    main = (infra / "main.bicep").read_text("utf-8")
    used = set(re.findall(r"\$\{abbreviations\.(\w+)\}", main))
    for name in sorted(kept ^ used):
        yield f"infra/abbreviations.json: {name} is kept or used, not both"
