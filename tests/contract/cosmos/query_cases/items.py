"""The items that the conditions and the select lists are asked of."""

from typing import Any

ITEMS: list[dict[str, Any]] = [
    {
        "id": "a",
        "n": 1,
        "s": "apple",
        "b": True,
        "arr": [1, 2, 3],
        "o": {"x": 1, "y": {"z": "deep"}},
    },
    {"id": "b", "n": 2.5, "s": "Banana", "b": False, "arr": [], "o": {"x": 2}, "mix": "1"},
    {"id": "c", "n": -3, "s": "ünï", "b": None, "arr": ["x", None, True], "mix": None},
    {"id": "d", "s": "it's 100%", "mix": True, "tags": [{"k": "v", "w": 1}, {"k": "u"}]},
    {"id": "e", "n": "5", "mix": [1], "value": {"order": "keyword"}, "a-b": 1, "a b": {"c": 1}},
    {"id": "f", "n": None, "mix": {"a": 1}, "d": "2026-07-01T10:00:00.1234567Z"},
]
