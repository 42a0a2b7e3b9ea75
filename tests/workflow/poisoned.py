"""A model that fails wherever it is shown a certain word, and answers all else."""

import json
from collections.abc import Callable

from shared.domain.errors import ProcessorError
from tests.fakes.answers import episode_of_all, fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import (
    EPISODES,
    EXTRACT,
    PROFILE,
    RECONCILE,
    SUMMARIZE,
    Payload,
    Reply,
    Rule,
)
from tests.fakes.memory_app import MemoryApp

TRIES = 3  # of an activity in a round, see Processor
type Wrap = Callable[[Rule], Rule]


def fails_at_poison(error: ProcessorError) -> Wrap:
    """Of an answer's rule the one that raises the error where it is shown the word."""

    def wrap(usual: Rule) -> Rule:
        return lambda payload: error if "poison" in json.dumps(payload) else usual(payload)

    return wrap


def always(error: ProcessorError) -> Wrap:
    return lambda _: lambda _: error


def _no_pairs(_: Payload) -> Reply:
    return {"pairs": []}


def answer_all(app: MemoryApp, wrap: Wrap = lambda rule: rule) -> None:
    """Answer every prompt but that of rules, each by its usual rule in a wrapping."""
    usual: dict[str, Rule] = {
        EXTRACT: fact_of_each_turn,
        SUMMARIZE: summary_of_all,
        PROFILE: profile_of_all,
        RECONCILE: _no_pairs,
        EPISODES: episode_of_all,
    }
    for name, each in usual.items():
        app.model.answer_by(name, wrap(each))


async def key_points(app: MemoryApp) -> list[str]:
    """What the thread's summary says."""
    [document] = await app.find(app.summaries, "c.type = 'thread_summary'")
    return document["metadata"]["structured_summary"]["key_points"]
