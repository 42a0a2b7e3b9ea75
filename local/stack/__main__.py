"""Command line behind `./dev demo`, `./dev up` and the commands that talk to what it runs."""

import argparse
import sys

from local.process import run_server
from local.stack.command_line import parse_command_line
from local.stack.errors import INTERRUPTED, StackError
from local.stack.ports import DEFAULT_PORTS, ports_from_base
from local.stack.signals import stop_on_signals

_NOT_FIELDS = ("command", "action", "data", "json")


async def _run(options: argparse.Namespace) -> int:
    stop = stop_on_signals()
    # Imported here: each command pays only for what it uses, and bad usage for nothing.
    if options.command == "up":
        from local.stack.up import UpOptions, run_up

        ports = DEFAULT_PORTS if options.port_base is None else ports_from_base(options.port_base)
        how = (options.json, options.tls, options.keyless, options.model)
        return await run_up(UpOptions(options.data.absolute(), ports, *how), stop)
    if options.command == "demo":
        from local.stack.demo.run import DemoOptions, run_demo

        return await run_demo(DemoOptions(options.turns, options.json, options.tls), stop)
    if options.command == "dead-letters":
        from local.stack.dead_letters import DeadLetterOptions, run_dead_letters

        chosen = (options.action, options.ids, options.user, options.all, options.json)
        return await run_dead_letters(DeadLetterOptions(options.data.absolute(), *chosen))
    if options.command == "backfill":
        from local.stack.backfill import BackfillOptions, run_backfill

        asked = (options.user, options.since, options.reprocess, options.cancel, options.json)
        return await run_backfill(BackfillOptions(options.data.absolute(), *asked))
    if options.command == "rehearse":
        from local.stack.rehearse import rehearse

        fields = {name: value for name, value in vars(options).items() if name not in _NOT_FIELDS}
        as_json = getattr(options, "json", False)
        return await rehearse(options.data.absolute(), options.action, fields, as_json=as_json)
    from local.stack.status import run_status

    return await run_status(options.data.absolute(), as_json=options.json)


def main() -> int:
    """Run the command; its exit status."""
    options = parse_command_line()
    try:
        return run_server(_run(options))
    except StackError as error:
        print(f"dev: {error}", file=sys.stderr)  # noqa: T201  # the command's one error line
        return error.exit_status
    except KeyboardInterrupt:  # before the command had begun to listen to signals
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
