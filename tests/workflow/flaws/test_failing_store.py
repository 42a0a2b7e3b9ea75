"""Flaw 19: an error of the store is swallowed where it strikes, and the cursor goes on or stays."""

from collections.abc import Iterator

import pytest

from shared.wiring import USER_AGENT
from tests.conftest import OpenApp
from tests.contract.cosmos.fault_orders import FaultOrders
from tests.fakes.answers import episode_of_all
from tests.fakes.chat_model import EPISODES, EXTRACT, PROFILE, SUMMARIZE
from tests.fakes.local_cosmos import LocalCosmos
from tests.long_run import but_for_long_runs
from tests.unit.services.runs import thread_state, user_state
from tests.workflow.flaws.conversation import KEY, Conversation, cats, reworded

EACH_TIME = {
    "THREAD_SUMMARY_EVERY_N": 5,
    "USER_SUMMARY_EVERY_N": 5,
    "DEDUP_EVERY_N": 1,
    "EPISODE_EVAL_EVERY_N": 1,
    "EPISODE_MAX_TURNS": 5,
}
OPERATIONS = ("batch", "read", "query", "create", "upsert", "replace", "patch", "delete")
# What a run has of these, at least.
LEAST = {"read": 15, "query": 10, "batch": 10}
# The client itself repeats none that is answered so: each reaches the app.
REFUSED = 403


@pytest.fixture
def faults(cosmos: LocalCosmos) -> Iterator[FaultOrders]:
    orders = FaultOrders(cosmos.url)
    yield orders
    orders.clear()


@pytest.fixture
async def talk(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """Everything is due after five turns, and each step is taken by a process that knows nothing.

    So that it reads what a process at work remembers.
    """
    app = await open_app(**EACH_TIME)
    talk = Conversation(app, monkeypatch)
    app.model.answer_by(EXTRACT, reworded())
    app.model.answer_by(EPISODES, episode_of_all)
    for module in ("thread_steps", "extraction", "summaries", "episodes", "profiles"):
        monkeypatch.setattr(f"activities.{module}.get_services", lambda: app.assemble(app.model))
    return talk


async def check(talk: Conversation, turns: int, asked: int) -> None:
    """The run left nothing to anybody, told each turn once, and asked at most once too often."""
    state, user = await thread_state(talk.app), await user_state(talk.app)
    assert (state.arrived, state.closed, state.summarized) == (turns, turns, turns)
    assert (state.claim, state.idle, user.claim, user.idle) == (None, True, None, True)
    assert (user.turns, user.profiled) == (turns, turns)
    told = [tuple(fact["source_turn_ids"]) for fact in await talk.facts()]
    assert sorted(told) == sorted((f"turn-{n}",) for n in range(1, turns + 1))
    for name in (EXTRACT, SUMMARIZE, PROFILE):
        assert talk.app.model.count_calls(name) <= asked + 2


@pytest.mark.parametrize("operation", but_for_long_runs(OPERATIONS))
async def test_19_a_run_whose_operations_fail_one_after_the_other_neither_skips_nor_repeats_a_turn(
    talk: Conversation, faults: FaultOrders, operation: str
) -> None:
    """No sweeper comes: where an error is swallowed the run ends, and something is missing."""
    after, struck = -1, 1
    while struck:  # until a run has fewer such operations than that: each was struck once
        after += 1
        documents = await talk.app.write(KEY, *cats(5, 5 * after))
        faults.clear()
        faults.order(
            "status", status=REFUSED, operation=operation, user_agent=USER_AGENT, after=after
        )
        report = await talk.app.services.count_turns.run(documents)
        [struck_first] = faults.fired()
        await talk.processor.process(*report.due)
        [struck] = faults.fired()
        again = [
            call for hub in talk.processor.hubs for call in hub.calls if call.payload["attempt"]
        ]
        assert len(again) == struck - struck_first, "the step that was struck is taken again"
        talk.processor.hubs.clear()
        await check(talk, 5 * (after + 1), after)
    assert after >= LEAST.get(operation, 0)
