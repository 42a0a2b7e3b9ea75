"""Asking the model for rules: sources in, grounded rules out, halved where it refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import ModelRefusedError
from shared.domain.procedures import MAX_RULES, ProceduresAnswer, Rule, RuleSource, ground_rule
from shared.services.question import Question

_MAX_CHARACTERS = 300

type Existing = Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class AskProcedures:
    """One procedure prompt, halved where the model refuses it until the culprits stand alone.

    `refused` counts the sources that the model would not read, which ground no rule. The rules that
    exist may be what it refuses: a source that it refuses with them is shown once without, and if
    that is answered, so are all that follow. They are worded anew then, as no rule is changed that
    cannot be shown. Of n sources one that is refused costs two calls for each halving, which is
    2 log2(n) of them, and one for itself.
    """

    question: Question[ProceduresAnswer]
    user_id: str
    refused: int = 0
    rules: list[Rule] = field(default_factory=list[Rule])

    async def run(self, sources: Sequence[RuleSource], existing: Existing) -> None:
        """Add the rules that the sources ground; `existing` have name and summary.

        Raises TransientError; a refusal is counted.
        """
        await self._ask(sources, existing)

    async def _ask(self, sources: Sequence[RuleSource], existing: Existing) -> Existing:
        """Ask; the existing rules as far as they can be shown with what follows."""
        try:
            await self._complete(sources, existing)
        except ModelRefusedError:
            if len(sources) > 1:
                middle = len(sources) // 2
                shown = await self._ask(sources[:middle], existing)
                return await self._ask(sources[middle:], shown)
            if existing:
                refused = self.refused
                await self._ask(sources, ())
                return () if self.refused == refused else existing
            self.refused += 1
        return existing

    async def _complete(self, sources: Sequence[RuleSource], existing: Existing) -> None:
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
