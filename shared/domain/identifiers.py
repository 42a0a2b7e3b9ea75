"""Ids of documents and of orchestration instances, derived from user, thread and content.

Document ids keep the exact form that the public SDK point-reads, wherever Cosmos DB allows it;
otherwise the variable part is replaced by a hash. Instance ids are always hashes of
length-prefixed parts, so that no pair of (user, thread) can collide with another and no user or
thread id reaches Durable history, logs or traces through them.
"""

import hashlib
from collections.abc import Sequence

FORBIDDEN_IN_ITEM_IDS = frozenset("/\\?#\t\r\n")
MAX_ITEM_ID_BYTES = 1023
COUNTERS_THREAD = "__counters__"
USER_SUMMARY_THREAD = "__user_summary__"
PROCEDURES_THREAD = "__procedural__"
STATE_ID = "state"
USER_STATE_ID = "user-state"


def hash_parts(*parts: str) -> str:
    """32 hex digits over length-prefixed parts: ("a:b", "c") and ("a", "b:c") differ."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(str(len(encoded)).encode() + b":" + encoded)
    return digest.hexdigest()[:32]


def name_claim(work: str, version: str) -> str:
    """A claim's key: its work, such as `chunk:3`, and the ETag it replaced, which is unique."""
    return f"{work}:{hash_parts(version)[:8]}" if version else work


def is_allowed_item_id(item_id: str) -> bool:
    """Whether Cosmos DB and its SDK accept the text as an item id."""
    if not item_id or item_id.endswith(" ") or FORBIDDEN_IN_ITEM_IDS.intersection(item_id):
        return False
    try:
        return len(item_id.encode()) <= MAX_ITEM_ID_BYTES
    except UnicodeEncodeError:  # a lone surrogate
        return False


def _item_id(exact: str, prefix: str, *parts: str) -> str:
    return exact if is_allowed_item_id(exact) else f"{prefix}~{hash_parts(*parts)}"


def thread_counter_id(user_id: str, thread_id: str) -> str:
    """The public SDK's counter of a thread."""
    return _item_id(f"thread:{user_id}:{thread_id}", "thread:", user_id, thread_id)


def user_counter_id(user_id: str) -> str:
    """The public SDK's counter of a user, in thread `__counters__`."""
    return _item_id(f"user:{user_id}", "user:", user_id)


def thread_summary_id(user_id: str, thread_id: str) -> str:
    """The summary of a thread; the SDK deletes it by this id."""
    return _item_id(f"summary_{user_id}_{thread_id}", "summary_", user_id, thread_id)


def user_summary_id(user_id: str) -> str:
    """The profile of a user; the SDK point-reads exactly this id."""
    return _item_id(f"user_summary_{user_id}", "user_summary_", user_id)


def seen_id(turn_id: str) -> str:
    """The record in `counter` that says that a turn was counted."""
    return f"seen:{hash_parts(turn_id)}"


def chunk_id(chunk: int) -> str:
    """The ledger record of a committed chunk of a thread."""
    return f"chunk:{chunk}"


def answer_id(chunk: int, step: str) -> str:
    """The journalled answer of the model for one step over one chunk."""
    return f"chunk:{chunk}:{step}:answer"


def segment_id(name: str) -> str:
    """The ledger record of a segment whose episodes were committed."""
    return f"segment:{name}"


def summary_record_id(edition: int, chunk: int) -> str:
    """The ledger record of a thread's summary up to a chunk."""
    return f"summary:{edition}:{chunk}"


def user_run_id(run: int) -> str:
    """The ledger record of a user's committed run."""
    return f"run:{run}"


def segment_answer_id(name: str) -> str:
    """The journalled answer of the model for one segment."""
    return f"segment:{name}:answer"


def profile_answer_id(run: int) -> str:
    """The journalled answer of the model for one profile run of a user."""
    return f"profile:{run}:answer"


def reconcile_answer_id(run: int) -> str:
    """The journalled answer of the model for the reconciliation of one profile run."""
    return f"profile:{run}:reconcile:answer"


def procedures_answer_id(run: int) -> str:
    """The journalled answer of the model for the procedures of one run of a user."""
    return f"profile:{run}:procedures:answer"


def user_chunk_id(thread_id: str, chunk: int) -> str:
    """The mark, in the user's counters, that a thread's chunk was added to the user's count."""
    return f"chunk:{hash_parts(thread_id)}:{chunk}"


def dead_letter_id(user_id: str, thread_id: str, turn_id: str) -> str:
    """The dead letter of a turn; unlike most ids it is unique over all partitions."""
    return f"dead:{hash_parts(user_id, thread_id, turn_id)}"


def fact_id(user_id: str, thread_id: str, content_hash: str) -> str:
    """A fact's id in the SDK's form: the parts joined by NUL."""
    return "fact_" + _hash_joined("\0", (user_id, thread_id, content_hash))


def episode_id(thread: tuple[str, str], segment: tuple[str, str], ordinal: int) -> str:
    """An episode's id in the SDK's form; ordinal is its place in the model's answer.

    `thread` is (user id, thread id), `segment` the ids of the first and the last turn.
    """
    parts = (*thread, *segment, str(ordinal))
    return "ep_" + _hash_joined("\0", parts)


def episode_cursor_id(user_id: str, thread_id: str) -> str:
    """The SDK's mark of how far a thread's turns are in episodes."""
    return _item_id(f"episode_cursor_{user_id}_{thread_id}", "episode_cursor_", user_id, thread_id)


def procedure_id(user_id: str, scope_type: str, scope_value: str | None, name: str) -> str:
    """A procedure's id in the SDK's form: the parts joined by a pipe."""
    parts = (user_id, scope_type, scope_value or "", name.strip().lower())
    return "proc_" + _hash_joined("|", parts)


def _hash_joined(separator: str, parts: Sequence[str]) -> str:
    joined = separator.join(parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def thread_instance_id(user_id: str, thread_id: str) -> str:
    """The singleton orchestration instance of a thread."""
    return f"thread-{hash_parts(user_id, thread_id)}"


def backfill_instance_id(backfill_id: str) -> str:
    """The singleton orchestration instance of a backfill."""
    return f"backfill-{hash_parts(backfill_id)}"


def user_instance_id(user_id: str) -> str:
    """The singleton orchestration instance of a user."""
    return f"user-{hash_parts(user_id)}"
