"""What a deployment with given parameters would make: every resource with its body worked out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tree_sitter import Node

from tests.architecture.bicep.expressions import (
    BicepError,
    Lookup,
    Runtime,
    evaluate,
    loop_scopes,
)
from tests.architecture.bicep.names import used_names
from tests.architecture.bicep.syntax import Declaration, Template, declared_body, parse


@dataclass(frozen=True)
class Planned:
    """A resource that would be made; `module` is the path of module symbols that leads to it."""

    type: str
    body: dict[str, Any]
    module: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.body.get("name"))

    @property
    def properties(self) -> dict[str, Any]:
        return self.body.get("properties", {})


@dataclass(frozen=True)
class _Resource:
    """A resource as an expression sees it."""

    symbol: str
    body: dict[str, Any] = field(default_factory=dict[str, Any])

    def member(self, name: str) -> Any:
        if name == "name":
            return self.body.get("name", Runtime(f"<{self.symbol}.name>"))
        return Runtime(f"<{self.symbol} {self.body.get('name', '')}.{name}>")


@dataclass(frozen=True)
class _Module:
    """A module as an expression sees it: its outputs."""

    instance: "Deployment"

    def member(self, name: str) -> Any:
        return self.instance.outputs() if name == "outputs" else None


class Deployment:
    """One template with its parameters; modules are deployments of their own."""

    def __init__(
        self, path: Path, parameters: dict[str, Any], module: tuple[str, ...] = ()
    ) -> None:
        self.template: Template = parse(path)
        self.module = module
        self._parameters = parameters
        self._known: dict[str, Any] = {}
        declared = {item.name for item in self.template.of_kind("param")}
        if unknown := sorted(set(parameters) - declared):
            raise BicepError(f"{path.name} has no parameter {', '.join(unknown)}")

    def outputs(self) -> dict[str, Any]:
        """Every output's value."""
        return {
            name: self._evaluate(declaration.value)
            for name, declaration in self.template.outputs.items()
        }

    def resources(self) -> Iterator[Planned]:
        """The resources of this template and of its modules, conditions and loops applied."""
        for declaration in self.template.of_kind("resource"):
            if not declaration.is_existing:
                for body in self._bodies(declaration):
                    yield Planned(declaration.target, body, self.module)
        for declaration in self.template.of_kind("module"):
            for instance in self._instances(declaration):
                yield from instance.resources()

    def instances(self, name: str) -> list["Deployment"]:
        """The deployments of one module: none if its condition is false, several in a loop."""
        return list(self._instances(self.template.declarations[name]))

    def upstream_modules(self, name: str) -> set[str]:
        """The modules and resources that are finished before the named one starts."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            declaration = self.template.declarations[waiting.pop()]
            for used in used_names(declaration.node):
                if used not in found and self._is_deployed(used):
                    found.add(used)
                    waiting.append(used)
        return found - {name}

    def _is_deployed(self, name: str) -> bool:
        # Azure drops what a condition leaves out, and with it what that would have waited for.
        declaration = self.template.declarations.get(name)
        if declaration is None or declaration.kind not in ("module", "resource"):
            return declaration is not None
        return next(self._bodies(declaration), None) is not None

    def look_up(self, name: str) -> Any:
        """The value of a name of this template."""
        if name not in self._known:
            self._known[name] = self._resolve(name)
        return self._known[name]

    def _resolve(self, name: str) -> Any:
        declaration = self.template.declarations.get(name)
        if declaration is None:
            raise BicepError(f"{self.template.path.name}: nothing is called {name}")
        if declaration.kind == "param":
            if name in self._parameters:
                return self._parameters[name]
            if declaration.value is None:
                raise BicepError(f"{self.template.path.name}: parameter {name} has no value")
        if declaration.kind in ("param", "var"):
            return self._evaluate(declaration.value)
        if declaration.kind == "module":
            instances = [_Module(instance) for instance in self._instances(declaration)]
            if not instances:
                raise BicepError(f"{self.template.path.name}: {name} is read, but not deployed")
            return instances if _is_loop(declaration) else instances[0]
        if _is_loop(declaration):
            return [_Resource(name, body) for body in self._bodies(declaration)]
        return _Resource(name, next(self._bodies(declaration), {}))

    def _instances(self, declaration: Declaration) -> Iterator["Deployment"]:
        path = self.template.path.parent / declaration.target
        for body in self._bodies(declaration):
            yield Deployment(path, body.get("params", {}), (*self.module, declaration.name))

    def _bodies(self, declaration: Declaration) -> Iterator[dict[str, Any]]:
        body = declared_body(declaration)
        if declaration.value is not None and body is not None:
            yield from self._expand(declaration.value, body, self.look_up)

    def _expand(self, node: Node, body: Node, look_up: Lookup) -> Iterator[dict[str, Any]]:
        folder = self.template.path.parent
        if node.type == "for_statement":
            for scope in loop_scopes(node, look_up, folder):
                yield from self._expand(node.named_children[-1], body, scope)
        elif node.type == "if_statement":
            if evaluate(node.named_children[0], look_up, folder):
                yield from self._expand(node.named_children[-1], body, look_up)
        else:
            yield evaluate(body, look_up, folder)

    def _evaluate(self, node: Node | None) -> Any:
        if node is None:
            raise BicepError(f"{self.template.path.name}: a declaration without a value")
        return evaluate(node, self.look_up, self.template.path.parent)


def _is_loop(declaration: Declaration) -> bool:
    return declaration.value is not None and declaration.value.type == "for_statement"


REQUIRED = {"environmentName": "demo", "location": "here", "modelLocation": "there"}


@cache
def _plan(infra: Path, given: tuple[tuple[str, Any], ...]) -> tuple[Planned, ...]:
    return tuple(Deployment(infra / "main.bicep", REQUIRED | dict(given)).resources())


def plan(infra: Path, **parameters: Any) -> tuple[Planned, ...]:
    """The resources that main.bicep makes with these parameters, and otherwise its defaults."""
    if any(isinstance(value, dict | list) for value in parameters.values()):
        return tuple(Deployment(infra / "main.bicep", REQUIRED | parameters).resources())
    return _plan(infra, tuple(sorted(parameters.items())))
