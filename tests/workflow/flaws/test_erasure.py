"""Flaw 11: what was told of a turn outlives the turn, and nothing leads from one to the other."""

import json

import pytest

from tests.conftest import OpenApp
from tests.fakes.answers import episode_of_all
from tests.fakes.chat_model import EPISODES
from tests.fakes.memory_app import MemoryApp
from tests.workflow.flaws.conversation import Conversation, cats, said

CANARY = "X1234567"
SETTINGS = {
    "THREAD_SUMMARY_EVERY_N": 5,
    "USER_SUMMARY_EVERY_N": 5,
    "EPISODE_EVAL_EVERY_N": 1,
    "EPISODE_MAX_TURNS": 5,
    "MEMORY_VANISHED_LIMIT": 1,
}


async def find_words(app: MemoryApp, words: str) -> set[str]:
    """The types of the documents, in all containers, that hold the words."""
    containers = (app.turns, app.memories, app.summaries, app.counters)
    documents = [document for each in containers for document in await app.find(each)]
    return {str(each["type"]) for each in documents if words in json.dumps(each)}


async def erase(app: MemoryApp, way: str, turn_ids: list[str]) -> None:
    if way == "asked of the app":
        assert (await app.services.erase_turns.run("u1", "t1", turn_ids)).done
        return
    for turn_id in turn_ids:
        await app.turns.delete_item(turn_id, partition_key=["u1", "t1"])


@pytest.mark.parametrize("way", ["asked of the app", "deleted in the store"])
async def test_11_of_deleted_turns_no_word_stays_in_any_container_or_history(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    talk = Conversation(await open_app(**SETTINGS), monkeypatch)
    talk.app.model.answer_by(EPISODES, episode_of_all)
    await talk.say(*cats(3), f"My passport is {CANARY}", "I own cat 3")
    told = await talk.say(*cats(2, 4), f"Passport {CANARY} ends in May", *cats(2, 6))
    await talk.say(*cats(5, 8))
    assert told[2]["id"] == "turn-8"
    everywhere = {"turn", "fact", "episodic", "thread_summary", "user_summary"}
    assert await find_words(talk.app, CANARY) == everywhere
    await erase(talk.app, way, ["turn-4", "turn-8"])
    for _ in range(4):  # two looks, the rebuilding, and the last look
        await talk.app.services.find_vanished.run()
        await talk.rest()
    assert await find_words(talk.app, CANARY) == set()
    # Nobody can tell which sentences of an episode came of a turn: it goes as a whole.
    assert await find_words(talk.app, "I own cat 2") == everywhere - {"episodic"}
    assert await talk.contents() == said(*cats(13))
    histories = [each for hub in talk.processor.hubs for each in hub.histories]
    events = [event.SerializeToString() for history in histories for event in history]
    assert events
    assert not any(CANARY.encode() in event for event in events)
