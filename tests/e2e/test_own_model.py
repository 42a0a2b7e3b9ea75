"""`up --model`: a model server of one's own in place of the stand-in."""

import subprocess
from pathlib import Path

import pytest

from local.stack.demo.turns_file import read_turns_file
from tests.contract.model.server_process import KEY, run_server
from tests.e2e import store
from tests.e2e.running_stack import STACK, free_port_base, start_stack


@pytest.mark.long
async def test_turns_become_memories_with_a_model_of_ones_own(sample: Path, tmp_path: Path) -> None:
    turns = read_turns_file(sample)[:10]
    with run_server("--key", KEY) as own:
        model = f"{own.url}/v1"
        with start_stack(tmp_path, "--model", model, AI_FOUNDRY_API_KEY=KEY) as stack:
            assert stack.ready["model"] == model
            started = {argument for child in stack.servers() for argument in child.cmdline()}
            assert "local.functions" in started
            assert "local.model" not in started
            await store.write_in_order(stack.addresses, turns, set())
            status = await store.settle(stack.addresses, len(turns))
            assert (status.pending, status.dead_letters) == (0, 0)
            assert await store.active_facts(stack.addresses)
            assert stack.stop() == 0
        assert own.process.poll() is None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--model", "gpt-5"), "'gpt-5' is no URL"),
        (("--model", "http://127.0.0.1:9/v1", "--keyless"), "leave one of the two out"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    base = str(free_port_base())
    command = [*STACK, "up", "--data", str(tmp_path), "--port-base", base, *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert len(ended.stderr.strip().splitlines()) <= 2
    assert not (tmp_path / "logs").exists()
