"""Asking the model for rules: sources in, grounded rules out, halved where it refuses."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import ModelRefusedError
from shared.domain.procedures import MAX_RULES, ProceduresAnswer, Rule, RuleSource, ground_rule
from shared.services.ask_in_parts import ask_in_parts
from shared.services.question import Question

_MAX_CHARACTERS = 300

type Existing = Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class AskProcedures:
    """One procedure prompt, in parts where the model refuses it.

    `refused` counts the sources that the model would not read, which ground no rule. The rules that
    exist may be what it refuses: a source that it refuses with them is shown once without, and if
    that is answered, so are all that follow. They are worded anew then, as no rule is changed that
    cannot be shown.
    """

    question: Question[ProceduresAnswer]
    user_id: str
    refused: int = 0
    rules: list[Rule] = field(default_factory=list[Rule])
    _existing: Existing = ()

    async def run(self, sources: Sequence[RuleSource], existing: Existing) -> None:
        """Add the rules that the sources ground; `existing` have name and summary.

        Raises TransientError; a refusal is counted.
        """
        self._existing = existing
        await ask_in_parts(
            sources, lambda part: self._ask(part, self._existing), self._take_refused
        )

    async def _take_refused(self, source: RuleSource, _: str) -> None:
        if self._existing:
            with suppress(ModelRefusedError):
                await self._ask([source], ())
                self._existing = ()
                return
        self.refused += 1

    async def _ask(self, sources: Sequence[RuleSource], existing: Existing) -> None:
        rules = {f"p{n}": item for n, item in enumerate(existing, 1)}
        by_label = {f"s{n}": source for n, source in enumerate(sources, 1)}
        payload = {
            "sources": [
                {"id": label, "text": source.text[:_MAX_CHARACTERS], "category": source.category}
                for label, source in by_label.items()
            ],
            "rules": [
                {"id": label, "name": item["name"], "summary": item["summary"]}
                for label, item in rules.items()
            ],
        }
        answered = (await self.question.ask(payload)).answer.procedures[:MAX_RULES]
        grounded = (ground_rule(self.user_id, item, by_label, rules) for item in answered)
        self.rules += [rule for rule in grounded if rule is not None]
