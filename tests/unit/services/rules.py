"""Short ways to a user's rules: facts that they rest on, and runs that derive them."""

from typing import Any

from tests.fakes.answers import facts
from tests.fakes.chat_model import EXTRACT, PROCEDURES
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun

ON = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 0,
    "USER_SUMMARY_EVERY_N": 0,
    "PROCEDURAL_SYNTHESIS_AUTO": "true",
}


async def learn(app: MemoryApp, *items: dict[str, Any], said: str, **turn: Any) -> None:
    app.model.answer(EXTRACT, facts(*items))
    await app.say(KEY, said, **turn)
    await ThreadRun(app).finish()


async def derive(app: MemoryApp, *rules: dict[str, Any]) -> None:
    if rules:
        app.model.answer(PROCEDURES, {"procedures": list(rules)})
    await app.services.flush.mark_user("u1")
    await UserRun(app).finish()


async def procedures(app: MemoryApp) -> dict[str, Document]:
    found = await app.find(app.memories, "c.type = 'procedural'")
    return {item["name"]: item for item in found}


async def supersede(app: MemoryApp, content: str, by: str, reason: str) -> None:
    [found] = await app.find(app.memories, "c.content = @content", content=content)
    found |= {"superseded_by": by, "supersede_reason": reason}
    await app.memories.upsert_item(found)
