"""Metrics and traces of the real app on a real host: they arrive, and nobody's words do."""

import json
import re
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from local.stack.demo.turns_file import Turn
from tests.e2e import store
from tests.e2e.running_stack import RunningStack, start_stack, wait_until
from tests.fakes.otlp_collector import Collector, read_attributes, running_collector

CANARIES = ("wombatuser", "platypusthread", "echidnaturn", "quokkacorp")
SECRET = re.compile("|".join(CANARIES), re.IGNORECASE)
ACTIVITIES = {
    "plan_thread",
    "extract_facts",
    "deduplicate_facts",
    "persist_facts",
    "write_summary",
    "persist_summary",
    "commit_thread",
    "start_user",
    "plan_profile",
    "write_profile",
    "persist_profile",
    "commit_profile",
}


def canary_turns(count: int) -> list[Turn]:
    return [
        Turn(
            id=f"echidnaturn-{n}",
            user_id="wombatuser",
            thread_id="platypusthread",
            role="user",
            content=f"I work for quokkacorp {n}. My favourite drink is quokkacorp tea {n}.",
            created_at=f"2026-07-01T10:00:{n:02}+00:00",
        )
        for n in range(count)
    ]


def order_fault(stack: RunningStack, **fault: Any) -> None:
    url = f"{stack.addresses.model_host}/_faults"
    request = urllib.request.Request(url, json.dumps(fault).encode(), method="POST")
    urllib.request.urlopen(request).close()


def get(url: str) -> Any:
    with urllib.request.urlopen(url) as response:
        return json.load(response)


def has_swept_since(collector: Collector, moment: int) -> bool:
    return any(
        span.name == "sweep" and span.start_time_unix_nano > moment for span in collector.spans()
    )


@pytest.mark.long
async def test_metrics_and_traces_arrive_and_hold_no_id_and_no_word_of_a_user(
    tmp_path: Path,
) -> None:
    turns = canary_turns(22)
    with (
        running_collector() as collector,
        start_stack(
            tmp_path,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_METRIC_EXPORT_INTERVAL="500",
            OTEL_BSP_SCHEDULE_DELAY="200",
        ) as stack,
    ):
        order_fault(stack, kind="content_filter", schema="ExtractMemories", count=1)
        order_fault(stack, kind="status", status=500, schema="SummarizeThread", count=1)
        await store.write_in_order(stack.addresses, turns, set())
        settled = await store.settle(stack.addresses, len(turns))
        status = get(f"{stack.addresses.functions}/status")
        orchestrations = get(
            f"{stack.addresses.functions_host}/runtime/webhooks/durabletask/instances"
        )
        assert await store.active_facts(stack.addresses)  # the words went through the app
        # Sweeps tell of the backlog: one has to begin that sees that nothing is left.
        at_rest = time.time_ns()
        wait_until(lambda: has_swept_since(collector, at_rest), 60)
        assert stack.stop() == 0  # what is left is sent at the end
        logs = {name: stack.log(name) for name in ("functions", "cosmos", "model")}
    assert settled.pending == 0

    spans = collector.spans()
    names = {span.name for span in spans}
    assert ACTIVITIES | {"on_turns_written", "sweep", "status"} <= names
    assert collector.scopes() == {"agent_memory"}
    assert collector.total("memory.turns.counted") == status["turns_counted"] == len(turns)
    processed = collector.last_points("memory.turns.processed")
    assert {pairs[0][1]: number for pairs, number in processed.items()} == {
        outcome: number for outcome, number in status["turns_processed"].items() if number
    }
    assert collector.total("memory.turn.lag") == len(turns)
    assert collector.total("memory.turns.pending") == status["pending"] == 0
    assert collector.total("memory.dead_letters") == status["dead_letters"]
    assert collector.total("memory.feed.lag") == status["feed_lag_seconds"] == 0
    [failed] = list(collector.last_points("memory.step.failures"))
    assert dict(failed)["step"] == "write_summary"
    tokens = collector.last_points("memory.tokens")
    assert {dict(pairs)["step"] for pairs in tokens} >= {"extract_facts", "write_summary"}

    commits = [read_attributes(span.attributes) for span in spans if span.name == "commit_thread"]
    hashed = {instance["instanceId"].split(":")[0] for instance in orchestrations}
    assert {str(commit["memory.instance"]) for commit in commits} <= hashed

    told = [body.decode("utf-8", "replace") for body in collector.bodies]
    assert not [body for body in told if SECRET.search(body)]
    for instance in orchestrations:
        visible = {name: value for name, value in instance.items() if name not in ("input",)}
        visible.pop("output", None)
        assert not SECRET.search(json.dumps(visible)), visible
    assert not SECRET.search(logs["functions"])


def test_an_app_that_tells_nobody_starts_no_thread_and_imports_no_sdk(tmp_path: Path) -> None:
    import subprocess
    import sys

    from tests.e2e.running_stack import ROOT

    program = (
        "import sys, threading, function_app\n"
        "from shared.wiring import get_telemetry\n"
        "assert not get_telemetry().is_on\n"
        "print([m for m in sys.modules if m.startswith('opentelemetry.sdk')"
        " or m.startswith('opentelemetry.exporter') or m.startswith('azure.monitor')])\n"
        "print([t.name for t in threading.enumerate() if t is not threading.main_thread()])\n"
    )
    settings = {
        "COSMOS_DB_ENDPOINT": "http://127.0.0.1:9",
        "AI_FOUNDRY_ENDPOINT": "http://127.0.0.1:9/v1",
    }
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[:2] == ["[]", "[]"]
