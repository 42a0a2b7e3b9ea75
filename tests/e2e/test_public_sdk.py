"""An agent with the public SDK, whose memories the running app derives: it writes, waits, reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.cosmos.sdk_process import SDK_PYTHON, SdkProcess
from tests.contract.cosmos.topic_vectors import DIMENSIONS
from tests.e2e.running_stack import RunningStack, start_stack, wait_until

pytestmark = pytest.mark.skipif(not SDK_PYTHON.exists(), reason="./dev setup --dev makes .venv-sdk")

SAID = ("I like green tea.", "I live in Oslo.")


@contextmanager
def open_sdk(stack: RunningStack, kind: str) -> Iterator[SdkProcess]:
    sdk = SdkProcess(
        kind, stack.ready["cosmos"], stack.ready["database"], key=stack.ready["cosmos_key"]
    )
    try:
        sdk.call("create_memory_store")
        yield sdk
    finally:
        sdk.close()


@pytest.mark.long
def test_an_agent_of_the_public_sdk_waits_until_its_thread_is_remembered(tmp_path: Path) -> None:
    with start_stack(tmp_path, AI_FOUNDRY_EMBEDDING_DIMENSIONS=str(DIMENSIONS)) as stack:
        for kind in ("sync", "aio"):
            with open_sdk(stack, kind) as sdk:
                write_wait_and_read(sdk, f"ana-{kind}")


def write_wait_and_read(sdk: SdkProcess, user_id: str) -> None:
    for text in SAID:
        sdk.call("upsert_memory", user_id=user_id, thread_id="home", role="user", content=text)
    waited = sdk.call("process_now_and_wait", user_id=user_id, thread_id="home", timeout=60.0)
    assert waited is True
    [summary] = sdk.call("get_thread_summary", user_id=user_id, thread_id="home")
    assert summary["metadata"]["source_count"] == len(SAID)
    wait_until(lambda: sdk.call("get_user_summary", user_id=user_id) is not None, 60.0)
    facts = sdk.call("get_memories", user_id=user_id, memory_types=["fact"])
    assert len(facts) == len(SAID)
    found = sdk.call("search_cosmos", user_id=user_id, search_terms="tea")
    assert {row["id"] for row in found} == {row["id"] for row in facts}
