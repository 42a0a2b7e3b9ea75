"""A host in a fork: the real local.functions over the real app, with the seed's own settings."""

import os
import pkgutil
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Never

from local.functions.command_line import LaunchOptions
from local.functions.host_process import run_host
from local.functions.logs.setup import set_up_logging
from tests.chaos.launches import Launch
from tests.chaos.mutants import MUTANTS
from tests.chaos.sabotage import shorten_lease_intervals, skew_clock, watch_calls

_ROOT = Path(__file__).resolve().parents[2]
# The app; function_app itself is imported by the worker of each host, which indexes it.
_APP_FOLDERS = ("activities", "orchestrators", "shared", "triggers")
# What libraries import when they are first used: 40 of 250 ms of a host's start.
_IMPORTED_LATE = (
    "_strptime",
    "anyio._backends._asyncio",
    "anyio._core._synchronization",
    "httpcore2",
    "numpy",
    "openai.resources.chat.chat",
    "openai.resources.embeddings",
    "uvloop",
)
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


def import_all() -> None:
    """Import, in the parent of all forks, what each of them needs."""
    folders = [str(_ROOT / name) for name in _APP_FOLDERS]
    for folder, name in zip(folders, _APP_FOLDERS, strict=True):
        for module in pkgutil.walk_packages([folder], f"{name}."):
            import_module(module.name)
    for name in _IMPORTED_LATE:
        import_module(name)


def run_forked(launch: Launch) -> Never:
    """Be the host that the launch describes; never returns."""
    status = 70
    try:
        log = os.open(launch.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        os.environ.clear()
        os.environ.update(kept | launch.environment)
        shorten_lease_intervals()
        skew_clock(launch.skew)
        watch_calls(launch)
        if launch.mutant:
            MUTANTS[launch.mutant]()
        set_up_logging()
        options = LaunchOptions(
            app=_ROOT, port=0, data=launch.data, exit_with_parent=True, local_settings=False
        )
        status = run_host(options)
    except BaseException:  # noqa: BLE001 - the end of the fork: nothing may return to the parent
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
