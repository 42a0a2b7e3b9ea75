"""`./dev up`: the stack on a folder that stays, until somebody stops it."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from local.stack.data_folder import hold_data_folder
from local.stack.environment import DATABASE
from local.stack.errors import StopRequested
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


async def run_up(options: UpOptions, stop: asyncio.Event) -> int:
    """Run the stack until the event is set; 0 then.

    Raises StackError when it cannot start or a server ends by itself.
    """
    messages = Console(stderr=True, highlight=False, soft_wrap=True)
    with hold_data_folder(options.data) as folder:
        refuse_ports_in_use(options.ports)
        messages.print(f"Starting the stack on {options.data} ...")
        try:
            how = StackOptions(options.ports, tls=options.tls, keyless=options.keyless)
            async with running_stack(folder, how, stop) as stack:
                _announce(stack, options.as_json, messages)
                await stack.run_until_stopped()
        except StopRequested:
            pass
        messages.print("Stopped.")
    return 0


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
    results.print(f"Functions  {addresses.functions}")
    results.print(f"Model      {addresses.model}   (a rule-based stand-in)")
    if addresses.trust:
        results.print(f"Authority  {addresses.trust.authority}")
    results.print(f"Logs       {stack.folder.logs}")
    results.print(f"Keys and addresses for a shell:  . {stack.folder.env_file}", markup=False)
    messages.print("Ready. Ctrl-C stops it; the data stays.")
