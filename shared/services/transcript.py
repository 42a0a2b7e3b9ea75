"""Turns as the model is shown them: JSON data with short labels and a speaker set by the server."""

from collections.abc import Sequence
from typing import Any

from shared.domain.turns import Turn, allowed_metadata

_NAME_KEYS = ("speaker", "name")


def may_be_shown(turn: Turn) -> bool:
    """Whether a model may see the turn at all.

    A system prompt says how an agent is to behave, not what is remembered of its user.
    """
    return turn.role != "system" and not turn.withheld


def show_turns(turns: Sequence[Turn], metadata_keys: Sequence[str]) -> list[dict[str, Any]]:
    """One object a turn, labelled t1, t2, ...; metadata only under the allow-listed keys.

    An allow-listed `speaker` or `name` is shown as the speaker's name, which never replaces the
    speaker's role.
    """
    return [_show_turn(f"t{n}", turn, metadata_keys) for n, turn in enumerate(turns, 1)]


def _show_turn(label: str, turn: Turn, metadata_keys: Sequence[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": label, "speaker": turn.role}
    allowed = allowed_metadata(turn, metadata_keys)
    name = next((allowed.pop(key) for key in _NAME_KEYS if key in allowed), None)
    if name:
        shown["name"] = name
    if allowed:
        shown["metadata"] = allowed
    return {**shown, "at": turn.created_at, "text": turn.content}
