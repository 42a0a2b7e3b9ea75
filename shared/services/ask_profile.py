"""Asking the model for a profile: what is new in prompts of bounded size, halved where refused."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import ModelRefusedError, TransientErrors
from shared.domain.turns import Frozen
from shared.ports import ChatModel
from shared.prompts.update_profile import UPDATE_PROFILE
from shared.services.ask_in_parts import ask_in_parts
from shared.services.question import Question

_MOST_ITEMS = 150
_MOST_CHARACTERS = 30_000
_KINDS = ("retracted", "facts", "procedures", "episodes", "summaries")


class Profile(Frozen):
    """The model's answer to the profile prompt."""

    key_facts: list[str]
    personal_preferences: list[str]
    account_environment: list[str]
    goals_current_work: list[str]
    behavioral_patterns: list[str]
    compliance_requirements: list[str]
    open_items: list[str]
    topics: list[str]


@dataclass(frozen=True, slots=True)
class News:
    """Something to fold into a profile: `kind` is the payload's list that `value` stands in."""

    kind: str
    value: Any


@dataclass(slots=True)
class ProfileFolding:
    """A profile with news folded in, the kinds of what the model refused, and what it took.

    With `begun_anew` nothing of the profile before is in it, as the model refused that.
    """

    profile: dict[str, Any] | None
    begun_anew: bool = False
    refused: list[str] = field(default_factory=list[str])
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class AskProfile:
    """Folds news into a profile, in as many calls as their size asks for."""

    model: ChatModel

    async def run(
        self, previous: dict[str, Any] | None, news: Iterable[News], *, settles: TransientErrors
    ) -> ProfileFolding:
        """The profile after all news was shown once, in order; what the model refuses is left out.

        The profile before may be what it refuses: where it refuses harmless news on top of that
        too, news is shown without, and the answer is what the rest is folded into. For `settles`
        see Question. Raises TransientError.
        """
        question = Question(self.model, UPDATE_PROFILE, Profile, settles)
        folding = ProfileFolding(previous)
        for part in _pack(news):
            await ask_in_parts(
                part,
                lambda shown: self._ask(question, folding, shown, on_top=True),
                lambda item, _: self._take_refused(question, folding, item),
            )
        folding.tokens = question.tokens
        return folding

    async def _take_refused(
        self, question: Question[Profile], folding: ProfileFolding, item: News
    ) -> None:
        """Fold the item into nothing if the profile so far is refused, and else leave it out."""
        if folding.profile is not None and await question.refuses_past(folding.profile):
            with suppress(ModelRefusedError):
                await self._ask(question, folding, [item], on_top=False)
                return
        folding.refused.append(item.kind)

    async def _ask(
        self,
        question: Question[Profile],
        folding: ProfileFolding,
        news: Sequence[News],
        *,
        on_top: bool,
    ) -> None:
        payload: dict[str, Any] = {"previous": folding.profile if on_top else None}
        payload |= {kind: [item.value for item in news if item.kind == kind] for kind in _KINDS}
        reply = await question.ask(payload)
        folding.profile = reply.answer.model_dump(mode="json")
        folding.begun_anew = folding.begun_anew or not on_top


def _pack(news: Iterable[News]) -> Iterator[list[News]]:
    """The news in parts that each fit a prompt; one that is too long alone is a part of its own."""
    part: list[News] = []
    characters = 0
    for item in news:
        size = len(str(item.value))
        if part and (len(part) == _MOST_ITEMS or characters + size > _MOST_CHARACTERS):
            yield part
            part, characters = [], 0
        part.append(item)
        characters += size
    if part:
        yield part
