"""Sensitive data on its way through the app: what models, embeddings and memories get to see."""

import json

from tests.conftest import OpenApp
from tests.fakes.answers import (
    fact,
    fact_of_each_turn,
    facts,
    profile_of_all,
    summary,
    summary_of_all,
)
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun, fact_contents, ledger, thread_state

EMAIL = "ana@example.com"
QUICK = {
    "FACT_EXTRACTION_EVERY_N": 2,
    "THREAD_SUMMARY_EVERY_N": 2,
    "USER_SUMMARY_EVERY_N": 2,
    "AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS": "contact,card",
}


async def open_redacting(open_app: OpenApp, mode: str) -> MemoryApp:
    app = await open_app(**QUICK, MEMORY_REDACT=mode)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    return app


async def process(app: MemoryApp, *contents: str, **fields: object) -> None:
    await app.say(KEY, *contents, **fields)
    await ThreadRun(app).finish()
    await UserRun(app).finish()


async def everything_derived(app: MemoryApp) -> str:
    """All that was asked of models and all that was stored, but the turns themselves."""
    stored = [
        item
        for container in (app.memories, app.summaries, app.counters)
        for item in await app.find(container)
    ]
    return json.dumps([[call.payload for call in app.model.calls], app.embedder.texts, stored])


async def test_off_everything_is_shown_as_it_was_said(open_app: OpenApp) -> None:
    app = await open_redacting(open_app, "off")
    await process(app, f"I am {EMAIL}", "I like tea")
    assert EMAIL in await everything_derived(app)


async def test_masked_no_model_and_no_memory_sees_the_passage(open_app: OpenApp) -> None:
    app = await open_redacting(open_app, "mask")
    await process(app, f"I am {EMAIL}, I like tea", "I own a cat", metadata={"contact": EMAIL})
    assert EMAIL not in await everything_derived(app)
    assert await fact_contents(app) == {"Said: I am [email], I like tea", "Said: I own a cat"}
    shown = app.model.calls[0].payload["turns"][0]
    assert (shown["text"], shown["metadata"]) == (
        "I am [email], I like tea",
        {"contact": "[email]"},
    )
    [record] = await ledger(app)
    assert list(record["outcomes"].values()) == ["extracted", "extracted"]


async def test_a_quote_of_a_masked_turn_is_checked_against_what_was_shown(
    open_app: OpenApp,
) -> None:
    app = await open_app(**QUICK, MEMORY_REDACT="mask")
    app.model.answer(
        EXTRACT,
        facts(
            fact("The user can be mailed.", "mail me: [email]"),
            fact("The user's address is known.", f"mail me: {EMAIL}"),
        ),
    )
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(KEY, f"mail me: {EMAIL}", "I own a cat")
    await ThreadRun(app).finish()
    assert await fact_contents(app) == {"The user can be mailed."}


async def test_dropped_a_turn_is_shown_to_nobody_and_recorded_as_redacted(
    open_app: OpenApp,
) -> None:
    app = await open_redacting(open_app, "drop")
    await process(app, f"I like tea, {EMAIL}", "I own a cat")
    assert "I like tea" not in await everything_derived(app)
    assert await fact_contents(app) == {"Said: I own a cat"}
    [record] = await ledger(app)
    assert record["outcomes"] == {"turn-1": "redacted", "turn-2": "extracted"}
    assert (await thread_state(app)).outcomes["redacted"] == 1
    assert (await app.services.report_status.run())["turns_processed"]["redacted"] == 1


async def test_a_card_in_a_turns_metadata_is_found_though_it_is_a_number(
    open_app: OpenApp,
) -> None:
    app = await open_redacting(open_app, "mask")
    await process(app, "I like tea", "I own a cat", metadata={"card": 4111111111111111})
    assert "4111111111111111" not in await everything_derived(app)


async def test_what_was_stored_before_the_switch_reaches_no_model_any_more(
    open_app: OpenApp,
) -> None:
    before = await open_redacting(open_app, "off")
    await process(before, f"I am {EMAIL}, yes", "I own a cat")
    app = await open_redacting(open_app, "mask")
    await app.say(KEY, "I own a dog", id="turn-3")
    await app.say(KEY, "I am fond of tea", id="turn-4")
    await ThreadRun(app).finish()
    await UserRun(app).finish()
    asked = json.dumps([call.payload for call in app.model.calls])
    assert "I am [email], yes" in asked  # as a known fact, and in the summary so far
    assert EMAIL not in asked
    assert EMAIL not in json.dumps(app.embedder.texts)


async def test_a_thread_of_withheld_turns_only_costs_no_call(open_app: OpenApp) -> None:
    app = await open_redacting(open_app, "drop")
    app.model.answer_by(SUMMARIZE, lambda _: summary("never asked"))
    await app.say(KEY, EMAIL, f"again: {EMAIL}")
    await ThreadRun(app).finish()
    assert app.model.calls == []
    assert (await thread_state(app)).closed == 2
