"""An app with a model that makes one fact of every turn, and what it was shown."""

import itertools
from collections import Counter
from typing import Any

import pytest

from shared.domain.turns import ThreadKey
from shared.services.count_turns import CountReport
from tests.fakes.answers import fact, fact_of_each_turn, facts, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, RECONCILE, SUMMARIZE, Payload, Reply, Rule
from tests.fakes.memory_app import Document, MemoryApp
from tests.workflow.real_activities import Processor

KEY = ThreadKey(user_id="u1", thread_id="t1")


class Conversation:
    """Writes turns, delivers them as the change feed does, and processes what becomes due."""

    def __init__(
        self, app: MemoryApp, patch: pytest.MonkeyPatch, *, seed: int = 0, failures: float = 0.0
    ) -> None:
        app.model.answer_by(EXTRACT, fact_of_each_turn)
        app.model.answer_by(SUMMARIZE, summary_of_all)
        app.model.answer_by(PROFILE, profile_of_all)
        app.model.answer_by(RECONCILE, lambda _: {"pairs": []})
        self.app = app
        self.processor = Processor(app, patch, seed=seed, failures=failures)

    async def say(self, *contents: str, key: ThreadKey = KEY, **fields: Any) -> list[Document]:
        """Write, deliver and process; the documents as they were delivered."""
        documents = await self.app.write(key, *contents, **fields)
        await self.deliver(documents)
        return documents

    async def deliver(self, documents: list[Document]) -> CountReport:
        report = await self.app.services.count_turns.run(documents)
        await self.processor.process(*report.due)
        return report

    async def rest(self) -> None:
        """Let the sweeper finish everything."""
        await self.processor.sweep_until_quiet()

    def shown(self, schema_name: str = EXTRACT) -> Counter[str]:
        """How often each turn's text was in a prompt of a kind."""
        calls = [call for call in self.app.model.calls if call.schema_name == schema_name]
        return Counter(turn["text"] for call in calls for turn in call.payload["turns"])

    async def facts(self, key: ThreadKey = KEY) -> list[Document]:
        where = "c.type = 'fact' AND c.user_id = @user AND c.thread_id = @thread"
        return await self.app.find(self.app.memories, where, user=key.user_id, thread=key.thread_id)

    async def contents(self, key: ThreadKey = KEY) -> list[str]:
        """What the facts of a thread say, sorted."""
        return sorted(str(fact["content"]) for fact in await self.facts(key))

    async def count(self, item_id: str, key: ThreadKey) -> int:
        """A public counter."""
        return int((await self.app.read(self.app.counters, item_id, key))["count"])


def said(*contents: str) -> list[str]:
    """The facts that the model makes of these turns, sorted."""
    return sorted(f"Said: {text}" for text in contents)


def reworded() -> Rule:
    """One fact of each turn, in other words at every call, as a model of some temperature does."""
    numbers = itertools.count(1)

    def answer(payload: Payload) -> Reply:
        number = next(numbers)
        return facts(
            *(
                fact(f"In words {number}: {turn['text']}", turn["text"], turn["id"])
                for turn in payload["turns"]
            )
        )

    return answer


def cats(count: int, first: int = 0) -> list[str]:
    return [f"I own cat {n}" for n in range(first, first + count)]
