"""Threads that are processed, and then processed anew."""

from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from tests.fakes.answers import fact, fact_of_each_turn, facts, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun

OTHER = ThreadKey(user_id="u1", thread_id="t2")


def reword(payload: Payload) -> Reply:
    """What another prompt makes of the same turns."""
    return facts(
        *(fact(f"Told: {turn['text']}", turn["text"], turn["id"]) for turn in payload["turns"])
    )


async def process(app: MemoryApp, *contents: str, key: ThreadKey = KEY) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(key, *contents)
    await ThreadRun(app, key).finish()


async def begin(
    app: MemoryApp, generation: int = 1, since: int = 0, key: ThreadKey = KEY
) -> ThreadState:
    return await app.services.run_backfill.begin_generation.run(key, generation, since)


async def reprocess(app: MemoryApp, generation: int = 1, *, key: ThreadKey = KEY) -> None:
    await begin(app, generation, key=key)
    await ThreadRun(app, key).finish()


async def delete_turn(app: MemoryApp, content: str, key: ThreadKey = KEY) -> None:
    [turn] = await app.find(app.turns, "c.content = @content", content=content)
    await app.turns.delete_item(turn["id"], partition_key=[key.user_id, key.thread_id])


async def memories(app: MemoryApp) -> dict[str, Document]:
    return {item["content"]: item for item in await app.find(app.memories)}
