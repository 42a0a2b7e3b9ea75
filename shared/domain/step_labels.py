"""What may be told of a step: hashed names, numbers and counts; never an id and never a text."""

from collections.abc import Mapping
from typing import Any

from shared.domain.identifiers import thread_instance_id, user_instance_id

_NUMBERS_OF_JOB = ("chunk", "run", "attempt")
_NUMBERS_OF_RESULT = ("due", "count", "started", "profile_due", "extract", "reconcile", "adopted")
_SIZES_OF_RESULT = ("creates", "folds", "revives", "supersedes")


def label_job(job: Mapping[str, Any]) -> dict[str, str | int]:
    """Of an activity's message: its orchestration by its hashed id, chunk or run, and attempt."""
    labels: dict[str, str | int] = {
        f"memory.{name}": int(job[name]) for name in _NUMBERS_OF_JOB if name in job
    }
    user_id, thread_id = job.get("user_id"), job.get("thread_id")
    if isinstance(user_id, str) and isinstance(thread_id, str):
        labels["memory.instance"] = thread_instance_id(user_id, thread_id)
    elif isinstance(user_id, str):
        labels["memory.instance"] = user_instance_id(user_id)
    return labels


def label_result(result: Mapping[str, Any]) -> dict[str, int]:
    """Of an activity's result: its counts, and the sizes of its lists."""
    numbers = {name: result[name] for name in _NUMBERS_OF_RESULT if name in result}
    sizes = {name: len(result[name]) for name in _SIZES_OF_RESULT if name in result}
    return {f"memory.result.{name}": int(value) for name, value in {**numbers, **sizes}.items()}
