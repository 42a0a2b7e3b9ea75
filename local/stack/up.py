"""`./dev up`: the stack on a folder that stays, until somebody stops it."""

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from local.stack.data_folder import hold_data_folder
from local.stack.environment import DATABASE
from local.stack.errors import USAGE, StackError, StopRequested
from local.stack.own_model import OwnModel
from local.stack.ports import Ports, refuse_ports_in_use
from local.stack.supervisor import Stack, StackOptions, running_stack


@dataclass(frozen=True)
class UpOptions:
    """What the command line of `up` says."""

    data: Path
    ports: Ports
    as_json: bool
    tls: bool
    keyless: bool
    model: str | None = None


async def run_up(options: UpOptions, stop: asyncio.Event) -> int:
    """Run the stack until the event is set; 0 then.

    Raises StackError when it cannot start or a server ends by itself.
    """
    messages = Console(stderr=True, highlight=False, soft_wrap=True)
    how = _read_how(options)
    with hold_data_folder(options.data) as folder:
        refuse_ports_in_use(options.ports, with_model=how.model is None)
        messages.print(f"Starting the stack on {options.data} ...")
        try:
            async with running_stack(folder, how, stop) as stack:
                _announce(stack, options.as_json, messages)
                await _run_until_stopped(stack)
        except StopRequested:
            pass
        messages.print("Stopped.")
    return 0


async def _run_until_stopped(stack: Stack) -> None:
    try:
        await stack.run_until_stopped()
    except StackError as error:
        message = f"{error}\nThe data stays: the same ./dev up goes on where it was."
        raise StackError(message, error.exit_status) from error


def _read_how(options: UpOptions) -> StackOptions:
    own = OwnModel.read(options.model, os.environ) if options.model is not None else None
    if own and options.keyless:
        raise StackError(
            "--keyless has the app send its stand-in's tokens, which a server given by --model"
            " does not know: leave one of the two out",
            USAGE,
        )
    return StackOptions(options.ports, tls=options.tls, keyless=options.keyless, model=own)


def _announce(stack: Stack, as_json: bool, messages: Console) -> None:
    addresses = stack.addresses
    if as_json:
        ready = {
            "cosmos": addresses.cosmos,
            "cosmos_key": addresses.cosmos_key,
            "functions": addresses.functions,
            "model": addresses.model,
            "model_key": addresses.model_key,
            "database": DATABASE,
            "env_file": str(stack.folder.env_file),
        }
        if addresses.trust:
            ready["ca_file"] = str(addresses.trust.authority)
            ready["ca_bundle"] = str(addresses.trust.bundle)
        print(json.dumps(ready), flush=True)  # noqa: T201  # the result of the command
        return
    results = Console(highlight=False, soft_wrap=True)
    results.print(f"Cosmos DB  {addresses.cosmos}   database {DATABASE}")
    host = addresses.functions_host
    results.print(f"Functions  {host}   (open it in a browser; the API is below /api)")
    kind = "a rule-based stand-in" if stack.has_stand_in_model else "yours"
    results.print(f"Model      {addresses.model}   ({kind})")
    if addresses.trust:
        results.print(f"Authority  {addresses.trust.authority}")
    results.print(f"Logs       {stack.folder.logs}")
    results.print(f"Keys and addresses for a shell:  . {stack.folder.env_file}", markup=False)
    messages.print("Ready. Ctrl-C stops it; the data stays.")
