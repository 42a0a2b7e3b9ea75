"""The table of scalar functions: name, how many arguments, and what it computes.

Functions get their arguments evaluated. One that gets a type it is not made for answers undefined.
"""

from collections.abc import Callable
from dataclasses import dataclass

from local.cosmos.values import Value

type Implementation = Callable[..., Value]


@dataclass(frozen=True)
class Function:
    """One scalar function; most is None where it takes any number of arguments."""

    fewest: int
    most: int | None
    implementation: Implementation


FUNCTIONS: dict[str, Function] = {}


def scalar[F: Implementation](name: str, fewest: int, most: int | None = -1) -> Callable[[F], F]:
    """Register a function; most defaults to fewest."""

    def register(implementation: F) -> F:
        FUNCTIONS[name] = Function(fewest, fewest if most == -1 else most, implementation)
        return implementation

    return register
