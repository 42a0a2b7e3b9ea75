"""Asking one prompt about one piece of work, and telling a bad input from a bad model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.domain.errors import (
    InvalidAnswerError,
    ModelRefusedError,
    ModelUnavailableError,
    TransientErrors,
)
from shared.domain.turns import Frozen
from shared.ports import ChatModel, Prompt

UNUSABLE_ANSWER = "unusable_answer"
NO_ANSWER = "no_answer"
# Each may take as long as a time-out, and all of them have to end before the function's own does.
MOST_UNANSWERED = 20


@dataclass(frozen=True, slots=True)
class Reply[A: Frozen]:
    """A model's answer in its form; for `left_out` see shared.ports.Answer."""

    answer: A
    left_out: Mapping[str, Sequence[int]]


@dataclass(slots=True)
class Question[A: Frozen]:
    """A prompt that is asked about one piece of work, in as many calls as that takes.

    An answer that cannot be used, and one that does not come, is a reason to try again. A model
    that is set to repeat itself does so, however, and some input is answered by no try: an error
    of the types that the question `settles` counts as a refusal of what was shown, so that the
    culprit is found by halving. Before, the model is asked about the prompt's sample: if that is
    not answered either, the model is at fault, and nothing that was shown. After MOST_UNANSWERED
    answers that did not come it is at fault as well: it may be too slow for whatever is of any
    length. The tokens are those of all answers so far.
    """

    model: ChatModel
    prompt: Prompt
    form: type[A]
    settles: TransientErrors = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    _works: bool = False
    _unanswered: int = 0

    @property
    def tokens(self) -> int:
        """What all answers so far took."""
        return self.prompt_tokens + self.completion_tokens

    async def ask(self, payload: Mapping[str, Any]) -> Reply[A]:
        """The answer. Raises TransientError, and ModelRefusedError (`reason` says why)."""
        try:
            reply = await self._ask(payload)
        except self.settles as error:
            if isinstance(error, ModelUnavailableError):
                self._works = False  # it may have gone since it last answered
                self._unanswered += 1
            if self._unanswered > MOST_UNANSWERED or not await self._does_model_work():
                raise
            unusable = isinstance(error, InvalidAnswerError)
            reason = UNUSABLE_ANSWER if unusable else NO_ANSWER
            raise ModelRefusedError(self.prompt.name, reason) from None
        self._works = True
        return reply

    async def refuses_past(self, past: Mapping[str, Any]) -> bool:
        """Whether the model refuses a harmless input on top of what was written before.

        A refusal on top of the past that is none without it proves nothing yet: some input is
        refused in company only. Raises TransientError.
        """
        try:
            await self.ask({**self.prompt.sample, "previous": past})
        except ModelRefusedError:
            return True
        return False

    async def _ask(self, payload: Mapping[str, Any]) -> Reply[A]:
        given = await self.model.complete(self.prompt, payload)
        self.prompt_tokens += given.prompt_tokens
        self.completion_tokens += given.completion_tokens
        try:
            return Reply(self.form.model_validate(given.data), given.left_out)
        except ValidationError:
            raise InvalidAnswerError(self.prompt.name, "it breaks the schema") from None

    async def _does_model_work(self) -> bool:
        if not self._works:
            try:
                await self._ask(self.prompt.sample)
            except (InvalidAnswerError, ModelRefusedError):
                return False
            self._works = True
        return True
