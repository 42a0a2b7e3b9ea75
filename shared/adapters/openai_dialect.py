"""How an endpoint wants to be asked: found out by being refused, and remembered by this process.

Servers that speak OpenAI's protocol differ in what they take: strict schemas, a seed, a
temperature, the name of the limit on an answer. All is sent until an endpoint refuses it, naming
the parameter in the structured fields of its error; that one is then sent in an older form, or left
out. An endpoint that refuses without naming anything is asked once in the plainest way.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from openai import APIStatusError, BadRequestError, UnprocessableEntityError

type Forms = dict[str, str]
"""The form in which each optional parameter is sent; those left out are not in it."""

# Refusals of the content: no other way of asking would change them.
_ABOUT_CONTENT = ("content_filter", "context_length_exceeded", "invalid_prompt")


class Dialect:
    """The optional parameters of a kind of call, each with the forms in which it can be sent."""

    def __init__(self, forms: Mapping[str, Sequence[str]]) -> None:
        self._forms = {name: list(each) for name, each in forms.items()}
        self._proven = False

    async def ask[T](self, call: Callable[[Forms], Awaitable[T]]) -> T:
        """The reply to a call, asked again for as long as its refusals teach something.

        Raises what the call raises, once no other way of asking is left.
        """
        while True:
            sent = {name: forms[0] for name, forms in self._forms.items() if forms}
            try:
                reply = await call(sent)
            except (BadRequestError, UnprocessableEntityError) as error:
                if self._learn(error, sent):
                    continue
                if self._proven or not sent or not _names_nothing(error):
                    raise
                return await self._ask_plainly(call, error)
            self._proven = True
            return reply

    async def _ask_plainly[T](
        self, call: Callable[[Forms], Awaitable[T]], refusal: APIStatusError
    ) -> T:
        """Without any optional parameter; the first refusal stands if this one is refused too."""
        try:
            reply = await call({})
        except (BadRequestError, UnprocessableEntityError):
            raise refusal from None
        if not self._proven:
            self._forms = {}
            self._proven = True
        return reply

    def _learn(self, error: APIStatusError, sent: Forms) -> bool:
        """Drop the forms that the error names; whether any of them was sent."""
        if error.code in _ABOUT_CONTENT:
            return False
        names = _refused_names(error)
        refused = {name: form for name, form in sent.items() if names & {name, form}}
        for name, form in refused.items():
            if form in self._forms.get(name, ()):  # another call may have learnt it meanwhile
                self._forms[name].remove(form)
        return bool(refused)


def _names_nothing(error: APIStatusError) -> bool:
    return error.code not in _ABOUT_CONTENT and not _refused_names(error)


def _refused_names(error: APIStatusError) -> set[str]:
    """The parameters that an error names: in `param` (a path), or in `loc` as FastAPI does."""
    paths = [error.param] if error.param else []
    body = cast("dict[str, Any]", error.body) if isinstance(error.body, dict) else {}
    detail: object = body.get("detail")
    for entry in cast("list[Any]", detail) if isinstance(detail, list) else []:
        location: Any = cast("dict[str, Any]", entry).get("loc") if isinstance(entry, dict) else ()
        paths += [str(step) for step in location or ()]
    return {step for path in paths for step in re.split(r"[.\[\]]+", str(path)) if step}
