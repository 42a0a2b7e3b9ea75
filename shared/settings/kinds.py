"""Kinds of values that several settings have."""

from typing import Annotated

from pydantic import Field

type Count = Annotated[int, Field(ge=0)]
type Pause = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def split_list(value: object) -> object:
    """The names of a comma-separated text; anything else as it is."""
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return value


def fold_case(value: object) -> object:
    """A text in lower case, None for an empty one; anything else as it is."""
    return (value.strip().lower() or None) if isinstance(value, str) else value
