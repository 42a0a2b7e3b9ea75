"""Runs the demo from the first server's start to the result, and leaves nothing behind."""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from local.stack.data_folder import hold_data_folder
from local.stack.demo.figures import Figures, count_figures
from local.stack.demo.observer import Memories, Observer
from local.stack.demo.progress import DemoProgress
from local.stack.demo.report import print_report
from local.stack.demo.settling import wait_until_settled
from local.stack.demo.turns_file import Turn, read_turns_file, unknown_fields
from local.stack.demo.writer import write_turns
from local.stack.errors import INTERRUPTED, PORT_IN_USE, StackError, StopRequested
from local.stack.ports import pick_free_ports
from local.stack.supervisor import Stack, StackOptions, running_stack

REPORT_WIDTH = 100
# A shell that is set up for the SDK's in-process client would have the app stand still here.
SETTINGS = {"MEMORY_PROCESSOR_OWNER": "durable"}
PORT_ATTEMPTS = 3  # another process can take a free port before our server does


@dataclass(frozen=True)
class DemoOptions:
    """What the command line of `demo` says."""

    turns_file: Path
    as_json: bool
    tls: bool


async def run_demo(options: DemoOptions, stop: asyncio.Event) -> int:
    """Show a file's turns becoming memories; 0 if every turn was counted and processed.

    Raises StackError for a file that cannot be used, before anything is started, and for a stack
    that does not do its work; its data folder is kept then.
    """
    turns = read_turns_file(options.turns_file)
    messages = Console(stderr=True, highlight=False, soft_wrap=True)
    if unknown := unknown_fields(turns):
        messages.print(f"Not part of a turn, and left out: {', '.join(unknown)}", markup=False)
    folder = Path(tempfile.mkdtemp(prefix="memory-demo-"))
    complaint: str | None = "it did not finish"
    try:
        figures, memories = await _run_stack(folder, turns, options, messages, stop)
        complaint = figures.complaint()
    except StopRequested:
        complaint = None
        messages.print("Stopped before the demo was over.")
        return INTERRUPTED
    finally:
        if complaint is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            messages.print(f"The demo's data and logs are kept for a look: {folder}")
    _print_result(figures, memories, as_json=options.as_json)
    if complaint is not None:
        messages.print(f"dev: {complaint}")
    return 0 if complaint is None else 1


async def _run_stack(
    path: Path, turns: list[Turn], options: DemoOptions, messages: Console, stop: asyncio.Event
) -> tuple[Figures, Memories]:
    started = time.monotonic()
    messages.print("Starting Cosmos DB, Functions and the model on this machine ...")
    with hold_data_folder(path) as folder:
        for attempts_left in reversed(range(PORT_ATTEMPTS)):
            try:
                how = StackOptions(pick_free_ports(), SETTINGS, options.tls)
                async with running_stack(folder, how, stop) as stack:
                    return await stack.guard(_turns_to_memories(stack, turns, messages, started))
            except StackError as error:
                if error.exit_status != PORT_IN_USE or not attempts_left:
                    raise
    raise AssertionError("the last attempt returns or raises")


async def _turns_to_memories(
    stack: Stack, turns: list[Turn], messages: Console, started: float
) -> tuple[Figures, Memories]:
    where = stack.addresses
    async with Observer(where) as observer:
        with DemoProgress(len(turns), messages) as progress:
            await write_turns(where.cosmos, where.cosmos_key, turns, progress.turn_written)
            status = await wait_until_settled(observer, len(turns), progress.observed)
        cosmos_requests = await observer.app_requests()
        memories = await observer.memories()
        figures = count_figures(
            written=len(turns),
            memories=memories,
            status=status,
            model=await observer.model_stats(),
            cosmos_requests=cosmos_requests,
            seconds=time.monotonic() - started,
        )
    return figures, memories


def _print_result(figures: Figures, memories: Memories, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures.as_json_object()), flush=True)  # noqa: T201  # the result
        return
    width = None if sys.stdout.isatty() else REPORT_WIDTH
    print_report(memories, figures, Console(highlight=False, width=width))
