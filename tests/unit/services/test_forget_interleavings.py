"""Whatever happens while turns are forgotten: nothing is left of them, nothing else is lost."""

import asyncio
from dataclasses import replace

from shared.domain.messages import PersistJob
from shared.services.forget_memories import ForgetMemories
from shared.services.forget_turns import ForgetTurns
from tests.conftest import OpenApp
from tests.fakes.answers import fact, fact_of_each_turn, facts
from tests.fakes.chat_model import EXTRACT, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.crashing_ports import Crash
from tests.unit.services.forgetting import (
    EACH,
    assert_only_rome_is_known,
    converse,
    look,
    rest,
    teach,
)
from tests.unit.services.runs import (
    KEY,
    ThreadRun,
    UserRun,
    fact_contents,
    thread_state,
)

NO_TEXTS = {"THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 0}


def crashing(app: MemoryApp, crash: Crash) -> ForgetTurns:
    whole = app.services.forget_turns
    return replace(
        whole,
        log=crash.wrap(whole.log),
        history=crash.wrap(whole.history),
        users=crash.wrap(whole.users),
        summaries=crash.wrap(whole.summaries),
        memories=ForgetMemories(
            crash.wrap(whole.memories.memories), crash.wrap(whole.memories.turns)
        ),
    )


async def test_a_crash_after_any_write_is_made_good_by_the_next_sweep(open_app: OpenApp) -> None:
    for writes in range(20):
        app = await open_app(**EACH)
        teach(app)
        key = KEY.model_copy(update={"user_id": f"u{writes}"})
        await app.say(key, "I live in Rome")
        await ThreadRun(app, key).finish()
        await app.say(key, "I live in Paris")
        await ThreadRun(app, key).finish()
        await UserRun(app, key.user_id).finish()
        [paris] = await app.find(
            app.turns, "c.content = 'I live in Paris' AND c.user_id = @u", u=key.user_id
        )
        await app.turns.delete_item(paris["id"], partition_key=[key.user_id, key.thread_id])
        await look(app)
        crash = Crash(writes)
        broken = replace(app.services.find_vanished, forget_turns=crashing(app, crash))
        await broken.run()
        await look(app, 3)
        await ThreadRun(app, key).finish()
        await UserRun(app, key.user_id).finish()
        ours = "c.user_id = @u"
        found = await app.find(app.memories, ours, u=key.user_id)
        assert [item["content"] for item in found] == ["I live in Rome"], writes
        assert found[0].get("superseded_by") is None
        texts = await app.find(app.summaries, ours, u=key.user_id)
        assert len(texts) == 2
        assert "Paris" not in str(texts), writes
        assert (await thread_state(app, key)).vanished == 1
        assert await app.find(app.counters, "c.type = 'vanished_turns'") == []
        app.clock.advance(86_400)
        if not crash.happened:
            assert writes > 4, "the crashes were not where the writes are"
            return
    raise AssertionError("it never comes to an end")


async def test_two_sweepers_at_once_forget_once(open_app: OpenApp) -> None:
    one, other = await open_app(**EACH), await open_app(**EACH)
    teach(one)
    await converse(one, "I live in Rome", "I live in Paris")
    await one.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    for _ in range(4):
        await asyncio.gather(
            one.services.find_vanished.run(),
            other.services.find_vanished.run(),
            return_exceptions=True,
        )
        one.clock.advance(130)
    await rest(one)
    await assert_only_rome_is_known(one)


async def test_a_turn_that_is_deleted_while_its_chunk_is_worked_on_is_forgotten_later(
    open_app: OpenApp,
) -> None:
    app = await open_app(**EACH)
    teach(app)
    await converse(app, "I live in Rome")
    await app.say(KEY, "I live in Paris")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    await app.services.forget_turns.ask(KEY, ["turn-2"])
    await look(app, 2)
    assert await fact_contents(app) == {"I live in Rome"}
    extracted, summarized = await run.persist(plan), await run.summarize(plan)
    await run.commit(plan, extracted, summarized)
    assert await fact_contents(app) == {"I live in Paris"}
    await look(app, 4)
    await rest(app)
    await assert_only_rome_is_known(app)


async def test_a_summary_that_is_being_written_is_waited_for(open_app: OpenApp) -> None:
    app = await open_app(**EACH)
    teach(app)
    await converse(app, "I live in Rome", "I live in Paris")
    await app.say(KEY, "And that is that.")
    run = ThreadRun(app)
    plan = await run.plan()
    await app.services.write_summary.run(run.step(plan))  # it tells of Paris
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    await app.services.forget_turns.ask(KEY, ["turn-2"])
    assert (await thread_state(app)).vanished == 0
    await run.round(plan)
    await look(app, 4)
    await rest(app)
    for container in (app.memories, app.summaries):
        assert "Paris" not in str(await app.find(container))
    [summary] = await app.find(app.summaries, "c.type = 'thread_summary'")
    points = summary["metadata"]["structured_summary"]["key_points"]
    assert points == ["I live in Rome", "And that is that."]


async def test_what_a_late_run_writes_again_is_forgotten_by_the_second_pass(
    open_app: OpenApp,
) -> None:
    app = await open_app(**EACH)
    teach(app)
    await converse(app, "I live in Rome")
    await app.say(KEY, "I live in Paris")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    job = run.step(plan)
    decisions = await app.services.deduplicate_facts.run(job)
    late = PersistJob.model_validate({**job.model_dump(), **decisions.model_dump()})
    await run.round(plan)
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    await look(app, 2)
    assert await fact_contents(app) == {"I live in Rome"}
    await app.services.persist_facts.run(late)
    await app.services.persist_summary.run(job)
    assert "I live in Paris" in await fact_contents(app)
    await look(app)
    await rest(app)
    await assert_only_rome_is_known(app)


async def test_a_late_summary_never_replaces_the_one_begun_anew(open_app: OpenApp) -> None:
    app = await open_app(**EACH)
    teach(app)
    await converse(app, "I live in Rome")
    await app.say(KEY, "I live in Paris")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.round(plan)
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    await look(app, 2)
    await rest(app)
    await app.services.persist_summary.run(run.step(plan))
    await look(app)
    await rest(app)
    await assert_only_rome_is_known(app)


async def test_a_turn_that_repeats_a_fact_while_that_is_forgotten_keeps_it(
    open_app: OpenApp,
) -> None:
    app = await open_app(**{**EACH, **NO_TEXTS})
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await converse(app, "I like tea")

    def repeat_the_known(payload: Payload) -> Reply:
        [known] = payload["known"]
        return facts(fact("The user enjoys tea", "pleases", duplicate_of=known["id"]))

    app.model.answer_by(EXTRACT, repeat_the_known)
    await app.say(KEY, "Tea pleases me")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    job = run.step(plan)
    decisions = await app.services.deduplicate_facts.run(job)
    assert decisions.folds
    await app.turns.delete_item("turn-1", partition_key=["u1", "t1"])
    await app.services.forget_turns.ask(KEY, ["turn-1"])
    persist = PersistJob.model_validate({**job.model_dump(), **decisions.model_dump()})
    persisted = await app.services.persist_facts.run(persist)
    await run.commit(plan, persisted)
    assert await fact_contents(app) == {"The user enjoys tea"}
    [chunk] = await app.find(app.counters, "c.type = 'chunk' AND c.chunk = 2")
    [kept] = await app.find(app.memories)
    assert chunk["memory_ids"] == [kept["id"]]
