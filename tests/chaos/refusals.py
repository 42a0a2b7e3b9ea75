"""The turns that the model refuses to read until it comes to accept them, drawn from a seed."""

from collections.abc import Collection
from dataclasses import replace
from random import Random

from tests.chaos.workload import PlannedTurn


def draw_refused(draw: Random, turns: list[PlannedTurn]) -> list[int]:
    """The turns that the model refuses to read: none in every other seed, a few in the others."""
    unique = [turn.number for turn in turns if turn.kind == "unique"]
    if draw.random() < 0.5:
        return []
    return draw.sample(unique, min(len(unique), draw.randint(1, 4)))


def draw_refused_others(draw: Random, turns: list[PlannedTurn]) -> list[int]:
    """More of them, that say what others say too, or nothing worth a memory."""
    shared = [turn.number for turn in turns if turn.kind == "shared"]
    rest = [turn.number for turn in turns if turn.kind in ("agent", "small talk")]
    return [
        *draw.sample(shared, min(len(shared), draw.randint(0, 3))),
        *draw.sample(rest, min(len(rest), draw.randint(0, 1))),
    ]


def sign_refused(turns: list[PlannedTurn], refused: Collection[int]) -> list[PlannedTurn]:
    """The turns, of which each that is refused tells its number: so the model knows it."""
    return [
        replace(turn, content=f"{turn.content} Thanks, number{turn.number}!")
        if turn.number in refused and turn.kind != "unique"
        else turn
        for turn in turns
    ]
