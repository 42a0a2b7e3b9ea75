"""How an endpoint wants to be asked: found out by being refused, and remembered by this process.

Servers that speak OpenAI's protocol differ in what they take: strict schemas, a seed, a
temperature, the name of the limit on an answer. All is sent until an endpoint refuses it, naming
the parameter in the structured fields of its error; that one is then sent in an older form, or left
out. A refusal that names nothing may be one of the content, of what the endpoint does not know, or
of a deployment that is not what the settings say: the same is then asked about a harmless sample,
which has to be answered, if need be in the plainest way.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from openai import APIStatusError, BadRequestError, UnprocessableEntityError

type Forms = dict[str, str]
"""The form in which each optional parameter is sent; those left out are not in it."""

# Refusals of the content: no other way of asking would change them.
_ABOUT_CONTENT = ("content_filter", "context_length_exceeded", "invalid_prompt")
_REFUSALS = (BadRequestError, UnprocessableEntityError)


class ContentRefusedError(Exception):
    """An endpoint that answers others of the kind refuses this call's content, as `code` says."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the content of a call is refused: {code}")
        self.code = code


class Dialect:
    """The optional parameters of a kind of call, each with the forms in which it can be sent."""

    def __init__(self, forms: Mapping[str, Sequence[str]]) -> None:
        self._forms = {name: list(each) for name, each in forms.items()}
        self._proven = False

    async def ask[T](
        self, call: Callable[[Forms], Awaitable[T]], harmless: Callable[[Forms], Awaitable[object]]
    ) -> T:
        """The reply to a call, asked again for as long as its refusals teach something.

        `harmless` makes a call of the same kind that nobody could refuse for its content. Raises
        ContentRefusedError if that one is answered and `call` is not, or what either raises.
        """
        while True:
            sent = self._describe_forms()
            try:
                reply = await call(sent)
            except _REFUSALS as error:
                if error.code in _ABOUT_CONTENT:
                    raise ContentRefusedError(str(error.code)) from error
                if self._learn(error, sent):
                    continue
                await self._prove(harmless)
                if self._describe_forms() == sent:
                    raise ContentRefusedError(str(error.code or "invalid_request")) from error
                continue
            self._proven = True
            return reply

    async def _prove(self, harmless: Callable[[Forms], Awaitable[object]]) -> None:
        """Let a harmless call be answered; raises the first refusal if none is."""
        while True:
            sent = self._describe_forms()
            try:
                await harmless(sent)
            except _REFUSALS as error:
                if self._learn(error, sent):
                    continue
                if self._proven or not sent or not _names_nothing(error):
                    raise
                await self._prove_plainly(harmless, error)
            self._proven = True
            return

    async def _prove_plainly(
        self, harmless: Callable[[Forms], Awaitable[object]], refusal: APIStatusError
    ) -> None:
        """Without any optional parameter; the first refusal stands if this one is refused too."""
        try:
            await harmless({})
        except _REFUSALS:
            raise refusal from None
        if not self._proven:
            self._forms = {}

    def _describe_forms(self) -> Forms:
        return {name: forms[0] for name, forms in self._forms.items() if forms}

    def _learn(self, error: APIStatusError, sent: Forms) -> bool:
        """Drop the forms that the error names; whether any of them was sent."""
        names = _refused_names(error)
        refused = {name: form for name, form in sent.items() if names & {name, form}}
        for name, form in refused.items():
            if form in self._forms.get(name, ()):  # another call may have learnt it meanwhile
                self._forms[name].remove(form)
        return bool(refused)


def _names_nothing(error: APIStatusError) -> bool:
    return not _refused_names(error)


def _refused_names(error: APIStatusError) -> set[str]:
    """The parameters that an error names: in `param` (a path), or in `loc` as FastAPI does."""
    paths = [error.param] if error.param else []
    body = cast("dict[str, Any]", error.body) if isinstance(error.body, dict) else {}
    detail: object = body.get("detail")
    for entry in cast("list[Any]", detail) if isinstance(detail, list) else []:
        location: Any = cast("dict[str, Any]", entry).get("loc") if isinstance(entry, dict) else ()
        paths += [str(step) for step in location or ()]
    return {step for path in paths for step in re.split(r"[.\[\]]+", str(path)) if step}
