"""Which invocation the running code belongs to, so that a line of the log can say so."""

import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

import azure_functions_runtime  # pyright: ignore[reportMissingTypeStubs] - untyped library
from azure_functions_runtime.bindings import (  # pyright: ignore[reportMissingTypeStubs] - as above
    context as runtime_context,
)

from local.functions.worker.pace import Pace


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of one function; the instance is that of an orchestration or entity, if any."""

    id: str
    function: str
    instance_id: str = ""
    pace: Pace | None = None


_current: ContextVar[Invocation | None] = ContextVar("invocation", default=None)
_running: dict[str, Invocation] = {}

# What the runtime sets in the thread of a sync function, and an app in threads of its own.
_id_of_sync_function = cast(
    "ContextVar[str | None]",
    azure_functions_runtime.invocation_id_cv,
)
_id_of_app_thread = runtime_context._invocation_id_local  # pyright: ignore[reportPrivateUsage] - it has no public name


class RunAs:
    """Makes an invocation the current one of this task until its end; cheaper than a generator."""

    __slots__ = ("_invocation", "_token")

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation

    def __enter__(self) -> None:
        self._token = _current.set(self._invocation)
        _running[self._invocation.id] = self._invocation

    def __exit__(self, *_error: object) -> None:
        del _running[self._invocation.id]
        _current.reset(self._token)


def find_current() -> Invocation | None:
    """Find the invocation that this code runs for; None for the host's own code."""
    current = _current.get()
    if current is not None:
        return current
    given_id = _id_of_sync_function.get()
    if given_id is None and threading.current_thread() is not threading.main_thread():
        given_id = getattr(_id_of_app_thread, "invocation_id", None)
    return _running.get(given_id) if given_id else None


def find_pace() -> Pace | None:
    """Find the pace of the orchestrator that this code runs for; None for everything else."""
    current = _current.get()
    return current.pace if current else None
