"""What is deployed, and that it needs nothing else: one turn in, one memory out."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.stack.containers import create_store
from local.stack.environment import Addresses, app_environment
from tests.contract.functions.processes import ServerProcess, until
from tests.e2e.deployment_package import (
    add_local_host,
    build_package,
    list_package_files,
    make_environment,
)
from tests.e2e.store import active_facts, container

KEY = "bm90IGEgc2VjcmV0"
APP = {"activities", "orchestrators", "shared", "triggers"}
FILES = {"LICENSE", "function_app.py", "host.json", "requirements.txt"}
LIST_FUNCTIONS = """
import json, sys
sys.path.insert(0, ".")
import function_app
names = [function.get_function_name() for function in function_app.app.get_functions()]
print(json.dumps(sorted(names)))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    build_package(folder)
    return folder


@pytest.fixture(scope="module")
def python(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has what requirements.txt of the package names, and nothing more."""
    return make_environment(tmp_path_factory.mktemp("clean") / "venv", package / "requirements.txt")


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[Addresses]:
    """A store and a model on ports of their own; no Functions host yet."""
    with ExitStack() as stack:
        store = _start(stack, "local.cosmos", "--data", str(tmp_path / "cosmos"), "--key", KEY)
        model = _start(stack, "local.model", "--key", KEY)
        yield Addresses(
            cosmos=store, cosmos_key=KEY, functions="", model=f"{model}/v1", model_key=KEY
        )


def _start(stack: ExitStack, module: str, *options: str) -> str:
    process = ServerProcess(module, "--port", "0", *options)
    stack.callback(process.stop)
    return process.wait_for_line(r"listen(?:s|ing) on (http://[\w.:]+)")[1]


def test_the_package_is_the_app_and_nothing_else() -> None:
    files = list_package_files()
    assert {name.partition("/")[0] for name in files} == APP | FILES
    assert not [name for name in files if name.endswith((".md", ".toml"))]


@pytest.mark.long
def test_what_requirements_txt_installs_is_all_that_the_app_imports(
    package: Path, python: Path
) -> None:
    nowhere = Addresses("http://127.0.0.1:9", KEY, "", "http://127.0.0.1:9/v1", KEY)
    output = subprocess.check_output(
        (str(python), "-I", "-c", LIST_FUNCTIONS),
        cwd=package,
        env=app_environment(nowhere, {}),
        text=True,
    )
    assert {"on_turns_written", "process_thread", "sweep"} <= set(json.loads(output))


@pytest.mark.long
async def test_a_turn_becomes_a_memory_in_the_deployed_package(
    package: Path, python: Path, addresses: Addresses
) -> None:
    add_local_host(python)
    await create_store(addresses.cosmos, KEY, 1536)
    settings = app_environment(addresses, {"PATH": os.environ["PATH"]})
    host = ServerProcess(
        *("local.functions", "--app", str(package), "--port", "0"), settings=settings, python=python
    )
    try:
        host.wait_for_line(r"Ready: http://", seconds=60)
        async with container(addresses, "turns") as turns:
            await turns.create_item(
                {
                    "id": "turn-1",
                    "user_id": "ada",
                    "thread_id": "first-chat",
                    "type": "turn",
                    "role": "user",
                    "content": "I am allergic to peanuts.",
                    "created_at": "2026-03-04T10:00:00+00:00",
                }
            )

        async def is_remembered() -> bool:
            return bool(await active_facts(addresses))

        await until(is_remembered, seconds=60)
        facts = await active_facts(addresses)
        assert facts == {("fact", "ada", "first-chat", "The user is allergic to peanuts.")}
    finally:
        host.stop()
    assert "Traceback" not in host.log, host.log
