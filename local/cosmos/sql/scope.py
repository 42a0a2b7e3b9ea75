"""What names mean while a query is compiled, and the facts about its container that matter.

A running query keeps all its values in one list, the environment; an alias is a place in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.cosmos.policies import Path, VectorPolicy
from local.cosmos.sql import syntax
from local.cosmos.sql.parser import query_error
from local.cosmos.values import Json, Value

type Environment = list[Value]
type Evaluate = Callable[[Environment], Value]

# Where every environment keeps the item itself and the number of its row.
ROOT_SLOT, NUMBER_SLOT = 0, 1


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """A score that is computed for many items at once: by a function, at a place, for a path."""

    slot: int
    function: str
    path: Path
    policy_index: int | None
    arguments: tuple[Value, ...]
    position: int


@dataclass
class Compilation:
    """What one compilation gathers: parameters in, places and score requests out."""

    parameters: Mapping[str, Json]
    vectors: tuple[VectorPolicy, ...] = ()
    size: int = 2
    scores: list[ScoreRequest] = field(default_factory=list[ScoreRequest])

    def new_slot(self) -> int:
        """A place in the environment that nothing else uses."""
        self.size += 1
        return self.size - 1


@dataclass(frozen=True)
class Scope:
    """The aliases visible at one place; inner queries see those of the outer ones."""

    compilation: Compilation
    aliases: Mapping[str, int]
    # Expressions that have been computed before: group keys and aggregates by their syntax.
    computed: Mapping[syntax.Node, int] = field(default_factory=dict[syntax.Node, int])
    grouped: bool = False

    def slot_of(self, name: syntax.Name) -> int:
        """Where an alias is, or CosmosError 400."""
        slot = self.aliases.get(name.name)
        if slot is None:
            raise query_error(f"Identifier '{name.name}' could not be resolved", name.position)
        return slot

    def parameter(self, node: syntax.Parameter) -> Json:
        """The value of a parameter, or CosmosError 400."""
        try:
            return self.compilation.parameters[node.name]
        except KeyError as error:
            raise query_error(f"Parameter '{node.name}' has no value", node.position) from error


def property_path(node: syntax.Node) -> tuple[syntax.Name, Path] | None:
    """Alias and property names of an expression like c.a["b"]; None if it is anything else."""
    names: list[str] = []
    while isinstance(node, syntax.Member):
        names.append(node.name)
        node = node.base
    return (node, tuple(reversed(names))) if isinstance(node, syntax.Name) else None
