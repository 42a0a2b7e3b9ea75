"""The registered orchestrators and activities on a real store, with and without failures."""

import random

import pytest

from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, RECONCILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.long_run import but_for_long_runs
from tests.workflow.real_activities import Processor

KEYS = [ThreadKey(user_id=user, thread_id=thread) for user in ("ada", "bob") for thread in "xy"]


async def converse(app: MemoryApp, processor: Processor, seed: int) -> dict[ThreadKey, list[str]]:
    """Random turns on several threads, processed as they become due."""
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    app.model.answer_by(RECONCILE, lambda _: {"pairs": []})
    chance = random.Random(seed)
    said: dict[ThreadKey, list[str]] = {key: [] for key in KEYS}
    for key in [*KEYS, *chance.choices(KEYS, k=8)]:
        contents = [f"I own cat {key.thread_id}{len(said[key]) + n}" for n in range(4)]
        said[key] += contents
        documents = await app.write(key, *contents)
        for _ in range(chance.choice([1, 1, 2])):  # delivered once more, now and then
            report = await app.services.count_turns.run(documents)
            await processor.process(*report.due)
    return said


async def check_all(app: MemoryApp, said: dict[ThreadKey, list[str]]) -> None:
    """Every turn is in one chunk, one fact, one summary; every user's turns are in the profile."""
    records = await app.find(app.counters, "c.type = 'chunk'")
    members = [turn_id for record in records for turn_id in record["turn_ids"]]
    assert sorted(members) == sorted({turn["id"] for turn in await app.find(app.turns)})
    facts = await app.find(app.memories, "c.type = 'fact'")
    for key, contents in said.items():
        ours = [f for f in facts if (f["user_id"], f["thread_id"]) == (key.user_id, key.thread_id)]
        assert sorted(f["content"] for f in ours) == sorted(f"Said: {text}" for text in contents)
        summary = await app.read(app.summaries, f"summary_{key.user_id}_{key.thread_id}", key)
        assert summary["metadata"]["structured_summary"]["key_points"] == contents[:30]
        assert summary["metadata"]["source_count"] == len(contents)
        counter = await app.read(app.counters, f"thread:{key.user_id}:{key.thread_id}", key)
        assert counter["count"] == len(contents)
    for user_id in ("ada", "bob"):
        where = "c.type = 'user_state' AND c.user_id = @user_id"
        [user] = await app.find(app.counters, where, user_id=user_id)
        total = sum(len(contents) for key, contents in said.items() if key.user_id == user_id)
        assert (user["turns"], user["profiled"]) == (total, total)
    assert await app.find(app.counters, "c.type = 'answer'") == []
    assert await app.find(app.counters, "c.claim != null OR c.idle = false") == []


async def test_a_conversation_becomes_memories_with_one_model_call_a_chunk(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(USER_SUMMARY_EVERY_N=10, DEDUP_EVERY_N=2)
    processor = Processor(app, monkeypatch)
    said = await converse(app, processor, seed=1)
    await processor.sweep_until_quiet()
    await check_all(app, said)
    chunks = await app.find(app.counters, "c.type = 'chunk'")
    assert app.model.count_calls(EXTRACT) == len(chunks)
    calls = [call for call in app.model.calls if call.schema_name == EXTRACT]
    asked = [(turn["text"], turn["at"]) for call in calls for turn in call.payload["turns"]]
    assert len(asked) == len(set(asked)) == sum(map(len, said.values()))


@pytest.mark.parametrize("seed", but_for_long_runs(range(4)))
async def test_failures_before_and_after_any_step_lose_and_double_nothing(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    app = await open_app(USER_SUMMARY_EVERY_N=10, DEDUP_EVERY_N=2)
    processor = Processor(app, monkeypatch, seed=seed, failures=0.4)
    said = await converse(app, processor, seed)
    await processor.sweep_until_quiet()
    processor.failures = 0.0
    await processor.sweep_until_quiet()
    assert processor.failed > 20
    await check_all(app, said)
