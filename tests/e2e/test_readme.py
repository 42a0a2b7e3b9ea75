"""What the README tells an agent's author to do works as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from azure.cosmos import CosmosClient

from tests.e2e.running_stack import ROOT, RunningStack, start_stack, wait_until

_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
_EXPORT = re.compile(r"^export (\w+)='(.*)'$", re.MULTILINE)


def contents(stack: RunningStack, container: str, kind: str) -> list[str]:
    with CosmosClient(stack.ready["cosmos"], stack.ready["cosmos_key"]) as client:
        database = client.get_database_client(stack.ready["database"])
        found = database.get_container_client(container).query_items(
            "SELECT VALUE c.content FROM c WHERE c.user_id = 'ada' AND c.type = @type",
            parameters=[{"name": "@type", "value": kind}],
            enable_cross_partition_query=True,
        )
        return [str(content) for content in found]


def test_the_agent_of_the_readme_writes_a_turn_that_becomes_memories(tmp_path: Path) -> None:
    [program] = _BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    with start_stack(tmp_path / "data") as stack:
        exported = _EXPORT.findall(Path(stack.ready["env_file"]).read_text(encoding="utf-8"))
        environment = {**os.environ, **dict(exported)}
        subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)
        wait_until(lambda: len(contents(stack, "memories", "fact")) == 2, seconds=60)
        wait_until(lambda: len(contents(stack, "memories_summaries", "thread_summary")) == 1, 60)
        facts = sorted(contents(stack, "memories", "fact"))
        assert facts == ["The user is allergic to peanuts.", "The user lives in Graz."]
