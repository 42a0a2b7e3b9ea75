"""A chat model that answers what a test has written down, and fails loudly beyond that."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


class ScriptedChatModel:
    """Implements shared.ports.ChatModel.

    Each schema has a script, answered in order (an error is raised), or else a rule, which makes
    the answer of the payload. `calls` is what was asked.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._scripts: dict[str, list[Reply]] = defaultdict(list)
        self._rules: dict[str, Rule] = {}

    def answer(self, schema_name: str, *replies: Reply) -> None:
        self._scripts[schema_name] += replies

    def answer_by(self, schema_name: str, rule: Rule) -> None:
        self._rules[schema_name] = rule

    async def complete(self, prompt: Prompt, payload: Payload) -> Answer:
        self.calls.append(Call(prompt.schema_name, payload))
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
