"""A command as a person's new shell runs it, after `. stack.env`."""

import os
import subprocess

from tests.e2e.running_stack import ROOT, RunningStack


def in_a_fresh_shell(stack: RunningStack, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command that knows what the env file says and nothing else."""
    script = '. "$1"; shift; exec "$@"'
    return subprocess.run(
        ["sh", "-c", script, "sh", stack.ready["env_file"], *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
