"""A chat model that answers what a test has written down, and fails loudly beyond that."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import ProcessorError
from shared.ports import Answer, Prompt

EXTRACT = "ExtractMemories"
SUMMARIZE = "SummarizeThread"
PROFILE = "UpdateUserProfile"
RECONCILE = "ReconcileMemories"
EPISODES = "ExtractEpisodes"
PROCEDURES = "DeriveProcedures"

type Payload = Mapping[str, Any]
type Reply = dict[str, Any] | ProcessorError
type Rule = Callable[[Payload], Reply]


@dataclass(frozen=True)
class Call:
    schema_name: str
    payload: Payload


@dataclass(frozen=True)
class Stall:
    """A call that is not answered for as long as a test likes."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class ScriptedChatModel:
    """Implements shared.ports.ChatModel.

    Each schema has a script, answered in order (an error is raised), or else a rule, which makes
    the answer of the payload. `calls` is what was asked.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._scripts: dict[str, list[Reply]] = defaultdict(list)
        self._rules: dict[str, Rule] = {}
        self._stalls: dict[str, Stall] = {}

    def answer(self, schema_name: str, *replies: Reply) -> None:
        self._scripts[schema_name] += replies

    def answer_by(self, schema_name: str, rule: Rule) -> None:
        self._rules[schema_name] = rule

    def stall(self, schema_name: str) -> Stall:
        """Let the next call of a kind wait until `answered` is set; `asked` tells that it waits."""
        self._stalls[schema_name] = Stall()
        return self._stalls[schema_name]

    async def complete(self, prompt: Prompt, payload: Payload) -> Answer:
        self.calls.append(Call(prompt.schema_name, payload))
        if stall := self._stalls.pop(prompt.schema_name, None):
            stall.asked.set()
            await stall.answered.wait()
        reply = self._find_reply(prompt.schema_name, payload)
        if isinstance(reply, ProcessorError):
            raise reply
        return Answer(data=reply, prompt_tokens=100, completion_tokens=10)

    def count_calls(self, schema_name: str) -> int:
        return sum(call.schema_name == schema_name for call in self.calls)

    def assert_script_was_played(self) -> None:
        left = {name: len(script) for name, script in self._scripts.items() if script}
        assert not left, f"answers that nobody asked for: {left}"

    def _find_reply(self, schema_name: str, payload: Payload) -> Reply:
        if self._scripts[schema_name]:
            return self._scripts[schema_name].pop(0)
        if schema_name in self._rules:
            return self._rules[schema_name](payload)
        raise AssertionError(f"the script has no answer for call {len(self.calls)}, {schema_name}")
