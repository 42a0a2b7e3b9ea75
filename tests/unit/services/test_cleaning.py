"""Nothing that is stored holds what nobody sees, whichever answer of a model it was made of."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.text import cut_at_word
from shared.domain.unseen import neutralise_unseen
from tests.conftest import OpenApp
from tests.fakes.answers import (
    episode,
    event,
    fact,
    facts,
    profile,
    rule,
    summary,
)
from tests.fakes.chat_model import EPISODES, EXTRACT, PROCEDURES, PROFILE, SUMMARIZE
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun

UNSEEN = "\u202e\u200b\U000e0041"
EVERYTHING = {
    "FACT_EXTRACTION_EVERY_N": 2,
    "THREAD_SUMMARY_EVERY_N": 2,
    "USER_SUMMARY_EVERY_N": 2,
    "EPISODE_EVAL_EVERY_N": 1,
    "EPISODE_MAX_TURNS": 2,
    "PROCEDURAL_SYNTHESIS_AUTO": "true",
    "AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS": "ticket",
}
SAID = "I want answers in German"


def in_every_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: in_every_text(item, change) for name, item in value.items()}
    return [in_every_text(item, change) for item in value] if isinstance(value, list) else value


def hide_something(text: str) -> str:
    return text[:1] + UNSEEN + text[1:]


async def derive_everything(app: MemoryApp, change: Callable[[str], str]) -> list[Document]:
    """All kinds of memories from answers that were changed in every text."""
    told = event("The user asked.", SAID, "t1")
    outcome = {"status": "successful", "description": "It was done."}
    answers: dict[str, Any] = {
        EXTRACT: facts(fact("Wants German.", SAID, tags=["language"], temporal_context="today")),
        SUMMARIZE: {
            **summary("They talk about languages.", "German is wanted"),
            "action_items": [{"owner": "the agent", "task": "answer", "deadline": None}],
        },
        EPISODES: {
            "episodes": [episode("A wish", told, outcome=outcome, lessons=["Ask about languages."])]
        },
        PROFILE: profile("Wants German"),
        PROCEDURES: {
            "procedures": [rule("Answer in German", "s1", activation_conditions=["in a chat"])]
        },
    }
    for schema, answer in answers.items():
        changed = in_every_text(answer, change)
        app.model.answer_by(schema, lambda _, changed=changed: changed)
    await app.say(KEY, SAID, "and soon", metadata={"ticket": hide_something("T-1")})
    await ThreadRun(app).finish()
    await app.say(KEY, "and again", "and once more")
    await ThreadRun(app).finish()
    await app.services.flush.mark_user("u1")
    await UserRun(app).finish()
    return [*await app.find(app.memories), *await app.find(app.summaries)]


KINDS = ["episode_cursor", "episodic", "fact", "procedural", "thread_summary", "user_summary"]


async def test_no_memory_of_any_kind_holds_anything_unseen(open_app: OpenApp) -> None:
    app = await open_app(**EVERYTHING)
    documents = await derive_everything(app, hide_something)
    assert sorted({document["type"] for document in documents}) == KINDS
    for document in documents:
        text = json.dumps(document, ensure_ascii=False)
        assert neutralise_unseen(text) == text, document["type"]
    titles = {document.get("title") or document.get("name") for document in documents}
    assert {"A wish", "Answer in German"} <= titles


async def test_no_text_of_a_memory_is_without_an_end(open_app: OpenApp) -> None:
    app = await open_app(**EVERYTHING)
    documents = await derive_everything(
        app, lambda text: text + " blah" * 20_000 if "." in text or text == "Wants German" else text
    )
    assert sorted({document["type"] for document in documents}) == KINDS
    for document in documents:
        document.pop("embedding", None)
        assert len(json.dumps(document)) < 10_000, document["type"]


async def test_a_quote_that_is_cut_still_proves_its_fact(open_app: OpenApp) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=1)
    said = "I wrote seventeen words " * 500
    app.model.answer(EXTRACT, facts(fact("Wrote a lot.", said)))
    await app.say(KEY, said)
    await ThreadRun(app).finish()
    [document] = await app.find(app.memories)
    [evidence] = document["metadata"]["evidence"]
    assert said.startswith(evidence["quote"] + " ")
    assert 3_900 < len(evidence["quote"]) <= 4_000


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("tea and more", "tea and"),
        ("tea and", "tea and"),
        ("tea an d", "tea an"),
        ("teaandmore", "teaandm"),
        (" x" * 9, " x x x"),
        ("今日はお茶を飲みます", "今日はお茶を飲"),
        ("a " + "b" * 99, "a"),
        ("", ""),
    ],
)
def test_a_text_is_cut_at_the_end_of_a_word_where_that_costs_little(text: str, cut: str) -> None:
    assert cut_at_word(text, 7) == cut
