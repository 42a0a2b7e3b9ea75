"""What a quick run leaves to `./dev test --all`."""

from collections.abc import Iterable
from typing import Any

import pytest


def but_for_long_runs(cases: Iterable[Any], *, quick: int = 1) -> list[Any]:
    """Cases for parametrize: the first `quick` of them always, the others in a long run only.

    For cases of one kind that cost a process each: a quick run shows that the kind works.
    """
    return [
        case
        if number < quick
        else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.long)
        for number, case in enumerate(cases)
    ]
