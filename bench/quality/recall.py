"""How often search finds what answers a question: the public SDK's query over the stored facts."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.app.driver import AppDriver, Document
from bench.quality.gold import Question
from local.model.embeddings import STOP_WORDS, embed_text

_TOP = 10
_MOST_WORDS = 30
_AT_ONCE = 4
_ACTIVE = "(NOT IS_DEFINED(c.superseded_by) OR IS_NULL(c.superseded_by))"


@dataclass(frozen=True)
class Recall:
    """Shares of the questions' evidence turns, averaged over the questions.

    `found` are those that one of the ten best facts rests on, `reachable` those that any fact does.
    `answered` is the share of questions with at least one of their turns found.
    """

    questions: int
    found: float
    reachable: float
    answered: float


async def measure_recall(
    driver: AppDriver, questions: Sequence[Question], dimensions: int
) -> Recall:
    """Ask every question, a few at a time."""
    turnstile = asyncio.Semaphore(_AT_ONCE)
    query = "SELECT c.user_id, c.source_turn_ids FROM c WHERE c.type = 'fact'"
    facts = await driver.find("memories", query)
    known = {(fact["user_id"], name) for fact in facts for name in fact["source_turn_ids"]}

    async def ask(question: Question) -> tuple[float, float]:
        async with turnstile:
            best = await _search(driver, question, dimensions)
        sources = {name for fact in best for name in fact["source_turn_ids"]}
        found = len(question.evidence & sources) / len(question.evidence)
        held = sum((question.user_id, name) in known for name in question.evidence)
        return found, held / len(question.evidence)

    results = await asyncio.gather(*map(ask, questions))
    count = max(1, len(results))
    return Recall(
        questions=len(results),
        found=round(sum(found for found, _ in results) / count, 4),
        reachable=round(sum(held for _, held in results) / count, 4),
        answered=round(sum(found > 0 for found, _ in results) / count, 4),
    )


async def _search(driver: AppDriver, question: Question, dimensions: int) -> list[Document]:
    words = list(dict.fromkeys(_keywords(question.text)))[:_MOST_WORDS]
    parameters: list[dict[str, object]] = [
        {"name": "@user_id", "value": question.user_id},
        {"name": "@memory_type_0", "value": "fact"},
        {"name": "@embedding", "value": embed_text(question.text, dimensions).tolist()},
    ]
    for n, word in enumerate(words):
        parameters.append({"name": f"@kw{n}", "value": word})
    near = "VectorDistance(c.embedding, @embedding)"
    names = ", ".join(f"@kw{n}" for n in range(len(words)))
    order = f"RANK RRF({near}, FullTextScore(c.content, {names}))" if words else near
    query = (
        f"SELECT TOP {_TOP} c.id, c.source_turn_ids, {near} AS similarity_score FROM c"
        f" WHERE c.user_id = @user_id AND c.type IN (@memory_type_0) AND {_ACTIVE} ORDER BY {order}"
    )
    found = driver.container("memories").query_items(query, parameters=parameters)
    return [dict(row) async for row in found]


def _keywords(text: str) -> Iterable[str]:
    found: list[str] = re.findall(r"[a-z0-9]+", text.lower())
    return (word for word in found if len(word) > 1 and word not in STOP_WORDS)
