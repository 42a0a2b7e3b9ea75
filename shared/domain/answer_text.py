"""Finding a model's JSON answer in what it wrote: fences, prose around it, several objects."""

import json
import re
from collections.abc import Collection
from typing import Any, cast

_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_DECODER = json.JSONDecoder()


class UnusableAnswerError(ValueError):
    """The text holds no complete answer; the message says why and quotes nothing of it."""


def read_answer(text: str, names: Collection[str]) -> dict[str, Any]:
    """The object that the text holds; several are merged, their lists one after the other.

    `names` are the properties that an answer has. An object without any of them is an example or a
    part of one, and left out. Of a property that several objects give, lists are joined and the
    first of other values stays.

    Raises:
        UnusableAnswerError: no such object, or one that is cut off.
    """
    text = _THOUGHTS.sub("", text)
    merged: dict[str, Any] = {}
    position = text.find("{")
    if position < 0:
        raise UnusableAnswerError("it holds no JSON object")
    if text[:position].rstrip().endswith("["):
        raise UnusableAnswerError("it is a list and no object")
    while position >= 0:
        try:
            found, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            if merged or _begins_answer(text, position, names):
                raise UnusableAnswerError("a JSON object in it is cut off or broken") from None
            position = text.find("{", position + 1)
            continue
        if isinstance(found, dict):
            _merge(merged, cast("dict[str, Any]", found), names)
        position = text.find("{", end)
    if not merged:
        raise UnusableAnswerError("it holds no JSON object of the asked form")
    return merged


def _begins_answer(text: str, position: int, names: Collection[str]) -> bool:
    """Whether the object that begins here is an answer, though an incomplete one."""
    head = text[position + 1 : position + 200].lstrip()
    return any(head.startswith(f'"{name}"') for name in names)


def _merge(merged: dict[str, Any], found: dict[str, Any], names: Collection[str]) -> None:
    for name in names:
        if name not in found:
            continue
        before, new = merged.get(name), found[name]
        if isinstance(before, list) and isinstance(new, list):
            merged[name] = [*cast("list[Any]", before), *cast("list[Any]", new)]
        elif before is None:
            merged[name] = new
