"""Two operators at the same dead letters: each turn is opened once, and nobody is held up."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from shared.domain.dead_letters import DeadLetter, Selection
from shared.domain.errors import ModelRefusedError
from shared.domain.thread_state import ThreadState
from shared.services.dead_letters import DeadLetters
from tests.fakes.answers import summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, thread_state
from tests.unit.services.test_dead_letters import EVERYTHING, OTHER, letters_of

FIVE = [f"I own {n} cats" for n in range(5)]


def refuse_all(payload: Payload) -> Reply:
    return ModelRefusedError("extract", "content_filter")


async def refuse(app: MemoryApp) -> list[DeadLetter]:
    """The letters of a thread whose five turns the model has refused."""
    app.model.answer_by(EXTRACT, refuse_all)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    for key in (KEY, OTHER):
        await app.say(key, *FIVE)
        await ThreadRun(app, key).finish()
    return await letters_of(app, Selection(user_id=KEY.user_id))


class _Overtaken:
    """A box of letters; right before it opens turns for the first time somebody else is faster."""

    def __init__(self, box: Any, other: Callable[[], Awaitable[object]]) -> None:
        self._box = box
        self._others = [other]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._box, name)

    async def reopen(self, state: ThreadState, etag: str, letters: Sequence[DeadLetter]) -> None:
        while self._others:
            await self._others.pop()()
        await self._box.reopen(state, etag, letters)


def overtaken(app: MemoryApp, other: Callable[[], Awaitable[object]]) -> DeadLetters:
    service = app.services.dead_letters
    return replace(service, box=_Overtaken(service.box, other))


async def test_a_retry_that_another_one_overtakes_opens_what_is_left(app: MemoryApp) -> None:
    first, *_ = await refuse(app)

    async def retry_one() -> None:
        report = await app.services.dead_letters.retry(Selection(ids=[first.id]))
        assert report.retried == 1

    report = await overtaken(app, retry_one).retry(EVERYTHING)
    assert (report.retried, report.not_retryable) == (9, 0)
    assert {key.user_id for key in report.threads} == {KEY.user_id, OTHER.user_id}
    for key in (KEY, OTHER):
        state = await thread_state(app, key)
        assert (state.pending, state.outcomes["dead_lettered"]) == (5, 0)
    assert await letters_of(app) == []


async def test_a_retry_of_nothing_but_what_another_one_opens_starts_no_thread(
    app: MemoryApp,
) -> None:
    selection = Selection(ids=[letter.id for letter in await refuse(app)])
    report = await overtaken(app, lambda: app.services.dead_letters.retry(selection)).retry(
        selection
    )
    assert (report.retried, report.not_retryable, report.threads) == (0, 0, [])
    assert (await thread_state(app)).pending == 5


async def test_a_letter_that_is_dropped_during_a_retry_stays_closed(app: MemoryApp) -> None:
    first, *_ = await refuse(app)
    drop = Selection(ids=[first.id])
    report = await overtaken(app, lambda: app.services.dead_letters.drop(drop)).retry(EVERYTHING)
    assert (report.retried, report.not_retryable) == (9, 0)
    state = [await thread_state(app, key) for key in (KEY, OTHER)]
    assert sum(each.pending for each in state) == 9
    assert sum(each.outcomes["dead_lettered"] for each in state) == 1
    assert await letters_of(app) == []


async def test_a_turn_whose_mark_has_expired_is_told_apart(app: MemoryApp) -> None:
    first, *_ = await refuse(app)
    [mark] = await app.find(
        app.counters,
        "c.type = 'seen' AND c.turn_id = @turn AND c.user_id = @user",
        turn=first.turn_id,
        user=first.user_id,
    )
    await app.counters.delete_item(mark["id"], partition_key=[first.user_id, first.thread_id])
    report = await app.services.dead_letters.retry(Selection(user_id=first.user_id))
    assert (report.retried, report.not_retryable) == (4, 1)
    assert await letters_of(app, Selection(user_id=first.user_id)) == [first]
