"""Flaw 8 at its end: ids as long as a partition key takes them, and one byte longer."""

import pytest

from shared.domain.dead_letters import INVALID_TURN
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.memory_app import MemoryApp
from tests.workflow.flaws.conversation import KEY, Conversation, cats, said
from tests.workflow.flaws.feed import ChangeFeed

AT_ONCE = {"THREAD_SUMMARY_EVERY_N": 5, "USER_SUMMARY_EVERY_N": 5}
LENGTHS = [(950, 950), (1899, 1), (1, 1899)]


def make_id(size: int, character: str) -> str:
    """An id of so many bytes, of such characters as far as they fit."""
    count, rest = divmod(size, len(character.encode()))
    made = character * count + "x" * rest
    assert len(made.encode()) == size
    return made


async def receive(app: MemoryApp, patch: pytest.MonkeyPatch, *keys: ThreadKey) -> Conversation:
    """Five turns of each thread in one batch to the trigger, and all that it starts."""
    talk = Conversation(app, patch)
    feed = ChangeFeed(app, patch, talk.processor.client)
    await feed.deliver([turn for key in keys for turn in await app.write(key, *cats(5))])
    await talk.processor.run_started()
    return talk


@pytest.mark.parametrize("character", ["x", "🧤"])
@pytest.mark.parametrize(("of_user", "of_thread"), LENGTHS)
async def test_08_ids_of_1900_bytes_together_get_from_the_trigger_to_every_kind_of_memory(
    open_app: OpenApp,
    monkeypatch: pytest.MonkeyPatch,
    of_user: int,
    of_thread: int,
    character: str,
) -> None:
    app = await open_app(**AT_ONCE)
    key = ThreadKey(user_id=make_id(of_user, character), thread_id=make_id(of_thread, character))
    talk = await receive(app, monkeypatch, key)
    assert await talk.contents(key) == said(*cats(5))
    summaries = await app.find(app.summaries, "c.user_id = @user", user=key.user_id)
    assert {item["type"] for item in summaries} == {"thread_summary", "user_summary"}
    assert (await app.services.report_status.run())["dead_letters"] == 0


@pytest.mark.parametrize(("of_user", "of_thread"), LENGTHS)
async def test_08_turns_of_ids_that_are_one_byte_longer_are_dead_letters_and_harm_no_other(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, of_user: int, of_thread: int
) -> None:
    app = await open_app(**AT_ONCE)
    user_id, thread_id = make_id(of_user, "雪"), make_id(of_thread, "雪")
    longer = [
        ThreadKey(user_id=f"{user_id}x", thread_id=thread_id),
        ThreadKey(user_id=user_id, thread_id=f"{thread_id}x"),
    ]
    talk = await receive(app, monkeypatch, longer[0], KEY, longer[1])
    assert await talk.contents(KEY) == said(*cats(5))
    for key in longer:
        assert await talk.contents(key) == []
        letters = await app.services.dead_letters.box.find(key.user_id, None, "", 10)
        assert [letter.key for letter in letters] == [key] * 5
        assert {(each.error_code, each.reason) for each in letters} == {
            (INVALID_TURN, "ids_too_long")
        }
