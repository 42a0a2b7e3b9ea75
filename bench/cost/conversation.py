"""Conversations that are measured: a user who says one new thing a turn, an agent who asks on."""

from datetime import UTC, datetime, timedelta
from typing import Any

_STATEMENTS = (
    "I bought a brass lamp, number {n}, at the flea market in Turin, and it stands beside my desk.",
    "I have a cousin whose flat is number {n} in Harbour Street, and I water the plants there.",
    "I visited gallery {n} in Antwerp with my sister last spring, and we stayed for two days.",
    "My bicycle repair number {n} was done by the shop near the canal, and I paid it in cash.",
    "I prefer train {n} for the way to work, because it is quiet and has a table at each seat.",
)
_REPLIES = (
    "That sounds good, thank you for telling me. Would you like me to look anything up about it?",
    "I see. Is there something about it that you would like to plan, to compare or to change next?",
    "Thank you, that helps. Shall we go on with the next point, or is there more to say about it?",
)
_START = datetime(2026, 7, 1, 9, tzinfo=UTC)


def build_turn(user_id: str, thread_id: str, number: int) -> dict[str, Any]:
    """Turn `number` of a user, counted from 0 over all threads: even ones are the user's."""
    said_by_user = number % 2 == 0
    pair = number // 2
    content = _STATEMENTS[pair % len(_STATEMENTS)] if said_by_user else _REPLIES[pair % 3]
    return {
        "id": f"turn-{number}",
        "user_id": user_id,
        "thread_id": thread_id,
        "role": "user" if said_by_user else "agent",
        "type": "turn",
        "content": content.format(n=pair),
        "metadata": {},
        "created_at": (_START + timedelta(seconds=30 * number)).isoformat(),
        "tags": [],
        "ttl": 2_592_000,
    }
