"""Runs the conversations through the whole app and looks at what it remembers."""

import asyncio
import time
from dataclasses import asdict
from typing import Any

from bench.app.driver import open_driver
from bench.app.stack import DIMENSIONS, running_app
from bench.quality.gold import Gold
from bench.quality.model import GoldModel, serving
from bench.quality.recall import measure_recall
from bench.quality.verdict import Verdict, judge
from local.stack.demo.observer import AppBusy, AppStatus, Observer
from local.stack.demo.writer import write_turns

_FACTS = (
    "SELECT c.user_id, c.thread_id, c.content, c.source_turn_ids, c.tags, c.metadata.source FROM c"
    " WHERE c.type = 'fact' AND (NOT IS_DEFINED(c.superseded_by) OR IS_NULL(c.superseded_by))"
)
_CHUNKS = "SELECT c.user_id, c.outcomes FROM c WHERE c.type = 'chunk'"
_SETTINGS = {
    # The model tells the turns apart by the names that the conversations give them.
    "AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS": "dia_id",
    "MEMORY_SWEEP_SCHEDULE": "*/2 * * * * *",
    "MEMORY_IDLE_FLUSH_SECONDS": "3",
}
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 1_200


async def run_gold(gold: Gold) -> tuple[Verdict, dict[str, Any]]:
    """Write every turn, wait until all is processed, judge; with all figures as JSON."""
    model = GoldModel(gold, DIMENSIONS)
    async with (
        serving(model) as url,
        running_app(_SETTINGS, url) as app,
        open_driver(app) as driver,
        Observer(app.addresses) as observer,
    ):
        where = app.addresses
        await write_turns(where.cosmos, where.cosmos_key, gold.turns, lambda: None)
        status = await _wait_until_settled(observer, len(gold.turns))
        facts = await driver.find("memories", _FACTS)
        chunks = await driver.find("counters", _CHUNKS)
        verdict = judge(gold, model.shown, facts, chunks)
        recall = await measure_recall(driver, gold.questions, DIMENSIONS)
    return verdict, {
        **asdict(verdict),
        "dead_letters": status.dead_letters,
        "chat_calls": model.calls.total(),
        "chat_calls_by_purpose": dict(model.calls),
        "recall_at_10": recall.found,
        "recall": asdict(recall),
    }


async def _wait_until_settled(observer: Observer, written: int) -> AppStatus:
    """The app's status once every turn is counted and closed; the sweeper flushes the tails."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    status: AppStatus | None = None
    while time.monotonic() < deadline:
        try:
            status = await observer.status()
        except (AppBusy, TimeoutError):  # the machine is busy: ask again
            continue
        if status.turns_counted == written and status.is_settled:
            return status
        await asyncio.sleep(_POLL_SECONDS)
    raise RuntimeError(f"{written} turns were not processed in time; the last status is {status}")
