"""Which invocation the running code belongs to, so that a line of the log can say so."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

import azure_functions_runtime  # pyright: ignore[reportMissingTypeStubs] - untyped library
from azure_functions_runtime.bindings import (  # pyright: ignore[reportMissingTypeStubs] - as above
    context as runtime_context,
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of one function; the instance is that of an orchestration or entity, if any."""

    id: str
    function: str
    instance_id: str = ""


_current: ContextVar[Invocation | None] = ContextVar("invocation", default=None)
_running: dict[str, Invocation] = {}

# What the runtime sets in the thread of a sync function, and an app in threads of its own.
_id_of_sync_function = cast(
    "ContextVar[str | None]",
    azure_functions_runtime.invocation_id_cv,
)
_id_of_app_thread = runtime_context._invocation_id_local  # pyright: ignore[reportPrivateUsage] - it has no public name


@contextmanager
def run_as(invocation: Invocation) -> Generator[None]:
    """Make an invocation the current one of this task until its end."""
    token = _current.set(invocation)
    _running[invocation.id] = invocation
    try:
        yield
    finally:
        del _running[invocation.id]
        _current.reset(token)


def find_current() -> Invocation | None:
    """Find the invocation that this code runs for; None for the host's own code."""
    current = _current.get()
    if current is not None:
        return current
    given_id = _id_of_sync_function.get()
    if given_id is None and threading.current_thread() is not threading.main_thread():
        given_id = getattr(_id_of_app_thread, "invocation_id", None)
    return _running.get(given_id) if given_id else None
