"""Asking the model for a profile: what is new in prompts of bounded size, halved where refused."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.domain.turns import Frozen
from shared.ports import ChatModel
from shared.prompts.update_profile import UPDATE_PROFILE

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


_PROFILE = TypeAdapter(Profile)


@dataclass(frozen=True, slots=True)
class News:
    """Something to fold into a profile: `kind` is the payload's list that `value` stands in."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class AskProfile:
    """Folds news into a profile, in as many calls as their size asks for."""

    model: ChatModel

    async def run(
        self, previous: dict[str, Any] | None, news: Iterable[News]
    ) -> dict[str, Any] | None:
        """The profile after all news was shown once, in order; what the model refuses is left out.

        Raises TransientError.
        """
        profile = previous
        for part in _pack(news):
            profile = await self._ask(profile, part)
        return profile

    async def _ask(
        self, previous: dict[str, Any] | None, news: Sequence[News]
    ) -> dict[str, Any] | None:
        payload: dict[str, Any] = {"previous": previous}
        payload |= {kind: [item.value for item in news if item.kind == kind] for kind in _KINDS}
        try:
            answer = await self.model.complete(UPDATE_PROFILE, payload)
        except ModelRefusedError:
            if len(news) == 1:
                return previous
            middle = len(news) // 2
            return await self._ask(await self._ask(previous, news[:middle]), news[middle:])
        try:
            return _PROFILE.validate_python(answer.data).model_dump(mode="json")
        except ValidationError:
            raise InvalidAnswerError(UPDATE_PROFILE.name, "it breaks the schema") from None


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
