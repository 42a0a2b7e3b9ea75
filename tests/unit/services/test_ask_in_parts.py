"""Asking in parts: everything is answered once and in order, the culprits alone are left out."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import ModelRefusedError, ModelUnavailableError
from shared.services.ask_in_parts import ask_in_parts
from shared.services.question import NO_ANSWER


class Asked:
    """What a model was asked that refuses some numbers, and was shown in the end."""

    def __init__(self, refused: set[int]) -> None:
        self.refused = refused
        self.calls = 0
        self.seen: list[int] = []
        self.left_out: list[tuple[int, str]] = []

    async def ask(self, items: Sequence[int]) -> None:
        self.calls += 1
        if self.refused & set(items):
            raise ModelRefusedError("a prompt", "content_filter")
        self.seen += items

    async def take_refused(self, item: int, reason: str) -> None:
        assert sorted([*self.seen, *(left for left, _ in self.left_out)]) == list(range(item))
        self.left_out.append((item, reason))


@given(st.integers(1, 40), st.sets(st.integers(0, 39)))
async def test_each_item_is_answered_once_in_order_or_refused_by_itself(
    size: int, refused: set[int]
) -> None:
    asked = Asked(refused)
    await ask_in_parts(range(size), asked.ask, asked.take_refused)
    culprits = sorted(item for item in refused if item < size)
    assert asked.seen == [item for item in range(size) if item not in refused]
    assert asked.left_out == [(item, "content_filter") for item in culprits]
    assert asked.calls <= 1 + 2 * len(culprits) * math.ceil(math.log2(size))


async def test_an_error_that_is_no_refusal_ends_the_asking() -> None:
    async def fail(items: Sequence[int]) -> None:
        raise ModelUnavailableError("a prompt", 500 + len(items))

    asked = Asked(set())
    with pytest.raises(ModelUnavailableError):
        await ask_in_parts(range(4), fail, asked.take_refused)
    assert asked.left_out == []


@pytest.mark.parametrize("returns", [True, False])
async def test_an_item_without_an_answer_is_asked_about_once_more_by_itself(returns: bool) -> None:
    calls: list[list[int]] = []

    async def ask(items: Sequence[int]) -> None:
        calls.append([*items])
        if 1 in items and not (returns and calls.count([1]) == 2):
            raise ModelRefusedError("a prompt", NO_ANSWER)

    left_out: list[int] = []

    async def take_refused(item: int, _: str) -> None:
        left_out.append(item)

    await ask_in_parts(range(2), ask, take_refused)
    assert calls == [[0, 1], [0], [1], [1]]
    assert left_out == ([] if returns else [1])
