"""Asking a model about many things at once, and in parts where it refuses them."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from shared.domain.errors import ModelRefusedError
from shared.services.question import NO_ANSWER


async def ask_in_parts[T](
    items: Sequence[T],
    ask: Callable[[Sequence[T]], Awaitable[object]],
    take_refused: Callable[[T, str], Awaitable[object]],
) -> None:
    """Ask about all items; where they are refused, about each half of them, in order.

    `ask` raises ModelRefusedError where it is refused; any other error ends the asking.
    `take_refused` is given each item that is refused by itself, with the reason, in its turn. Of n
    items one that is refused costs two calls for each halving, which is 2 log2(n) of them.

    An item that gets no answer is asked about twice by itself: the model may have come back in the
    moment after the first time.
    """
    try:
        await ask(items)
        return
    except ModelRefusedError as error:
        reason = error.reason
    if len(items) == 1:
        if reason == NO_ANSWER:
            with suppress(ModelRefusedError):
                await ask(items)
                return
        await take_refused(items[0], reason)
        return
    middle = len(items) // 2
    await ask_in_parts(items[:middle], ask, take_refused)
    await ask_in_parts(items[middle:], ask, take_refused)
