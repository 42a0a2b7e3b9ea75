"""What a user said last holds, wherever and in whichever order it was said and arrived."""

from itertools import combinations, count
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact, facts, profile_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, RECONCILE, Payload, Reply, Rule
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import ThreadRun, UserRun

BERLIN, PARIS, ROME = "Lives in Berlin.", "Lives in Paris.", "Lives in Rome."


class Saying(NamedTuple):
    """Where a user lives, said in a thread on a day; whether the model sees what that ends."""

    thread: str
    day: int
    place: str
    verdict: bool = False


def answer_with_place(payload: Payload) -> Reply:
    """The place of the turn; it supersedes the others where the turn says so."""
    [turn] = payload["turns"]
    place, *_, verdict = turn["text"].split("|")
    others = [known["id"] for known in payload["known"] if known["text"] != place]
    return facts(fact(place, turn["text"], supersedes=others if verdict else []))


def contradict_all(payload: Payload) -> Reply:
    """Every two places contradict each other; which of them holds is left to the code."""
    return {
        "pairs": [
            {"winner": first["id"], "loser": second["id"], "reason": "contradict"}
            for first, second in combinations(payload["facts"], 2)
            if first["text"] != second["text"]
        ]
    }


def overlook_all(_: Payload) -> Reply:
    """A model that sees no contradiction."""
    return {"pairs": []}


@pytest.fixture
async def app(open_app: OpenApp) -> MemoryApp:
    """The app with a model that knows where users live."""
    app = await open_app(
        FACT_EXTRACTION_EVERY_N=1,
        THREAD_SUMMARY_EVERY_N=0,
        EPISODE_EVAL_EVERY_N=0,
        DEDUP_EVERY_N=1,
    )
    app.model.answer_by(EXTRACT, answer_with_place)
    app.model.answer_by(RECONCILE, contradict_all)
    app.model.answer_by(PROFILE, profile_of_all)
    return app


async def say(app: MemoryApp, saying: Saying, user_id: str = "u1") -> None:
    key = ThreadKey(user_id=user_id, thread_id=saying.thread)
    text = f"{saying.place}|day {saying.day}|{'x' if saying.verdict else ''}"
    moment = f"2026-03-{saying.day:02d}T00:00:00+00:00"
    await app.say(key, text, created_at=moment)
    await ThreadRun(app, key).finish()


async def reconcile(app: MemoryApp, user_id: str = "u1") -> None:
    await app.services.flush.mark_user(user_id)
    await UserRun(app, user_id).finish()


async def places(app: MemoryApp, user_id: str = "u1") -> list[str]:
    """The contents of the user's active facts."""
    found = await app.find(app.memories, f"c.user_id = '{user_id}' AND c.type = 'fact'")
    return sorted(item["content"] for item in found if not item.get("superseded_by"))


@pytest.mark.parametrize("verdict", [True, False])
@pytest.mark.parametrize("thread", ["a", "b", "c"])
async def test_what_is_said_again_is_the_last_word(
    app: MemoryApp, thread: str, verdict: bool
) -> None:
    await say(app, Saying("a", 1, BERLIN))
    await say(app, Saying("b", 5, PARIS))
    await say(app, Saying(thread, 9, BERLIN, verdict))
    if verdict:
        assert PARIS not in await places(app)
    for _ in range(2):
        await reconcile(app)
        assert await places(app) == [BERLIN]


async def test_a_duplicate_that_was_folded_away_hands_on_what_is_said_in_its_thread(
    app: MemoryApp,
) -> None:
    await say(app, Saying("a", 1, BERLIN))
    await say(app, Saying("c", 2, BERLIN))
    await reconcile(app)
    await say(app, Saying("b", 5, PARIS))
    await say(app, Saying("c", 9, BERLIN))
    await reconcile(app)
    assert await places(app) == [BERLIN]
    [kept] = await app.find(app.memories, "NOT IS_DEFINED(c.superseded_by)")
    assert kept["thread_id"] == "a"
    assert kept["created_at"] == "2026-03-01T00:00:00+00:00"
    assert kept["metadata"]["last_said_at"] == "2026-03-09T00:00:00+00:00"


async def test_what_is_folded_hands_its_date_on_before_anything_is_compared_by_it(
    app: MemoryApp,
) -> None:
    await say(app, Saying("a", 1, BERLIN))
    await say(app, Saying("b", 5, PARIS))
    await say(app, Saying("c", 9, BERLIN))
    app.model.answer(RECONCILE, {"pairs": []})  # overlooked at first
    await reconcile(app)
    assert await places(app) == [BERLIN, PARIS]
    await say(app, Saying("b", 2, ROME))
    await reconcile(app)
    assert await places(app) == [BERLIN]


@pytest.mark.parametrize(
    ("sayings", "last"),
    [
        ([Saying("a", 1, BERLIN), Saying("b", 1, BERLIN), Saying("c", 5, PARIS)], PARIS),
        ([Saying("a", 1, BERLIN), Saying("c", 5, PARIS), Saying("b", 9, BERLIN)], BERLIN),
    ],
)
async def test_the_last_word_holds_where_no_profile_folds_what_is_the_same(
    open_app: OpenApp, sayings: list[Saying], last: str
) -> None:
    app = await open_app(
        FACT_EXTRACTION_EVERY_N=1,
        THREAD_SUMMARY_EVERY_N=0,
        USER_SUMMARY_EVERY_N=0,
        DEDUP_EVERY_N=1,
        DEDUP_POOL_SIZE=2,
    )
    app.model.answer_by(EXTRACT, answer_with_place)
    app.model.answer_by(RECONCILE, contradict_all)
    for saying in sayings:
        await say(app, saying)
    await reconcile(app)
    assert await places(app) == [last]


async def test_a_late_word_older_than_what_ended_it_revives_nothing(app: MemoryApp) -> None:
    await say(app, Saying("a", 1, BERLIN))
    await say(app, Saying("a", 5, PARIS, verdict=True))
    await say(app, Saying("a", 3, BERLIN))
    assert await places(app) == [PARIS]
    await say(app, Saying("a", 7, ROME, verdict=True))
    await say(app, Saying("a", 6, BERLIN))
    assert await places(app) == [ROME]


async def test_the_profile_is_told_when_a_known_fact_was_said_last(app: MemoryApp) -> None:
    await say(app, Saying("a", 1, BERLIN))
    await reconcile(app)
    await say(app, Saying("b", 9, BERLIN))
    await reconcile(app)
    asked = [call.payload for call in app.model.calls if call.schema_name == PROFILE]
    [told] = [item for item in asked[-1]["facts"] if item["text"] == BERLIN]
    assert told["at"] == "2026-03-09T00:00:00+00:00"


SAYINGS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([BERLIN, PARIS, ROME]),
        st.booleans(),  # whether the model sees what it ends
        st.sampled_from([None, overlook_all, contradict_all]),  # how the user's run comes next
    ),
    min_size=2,
    max_size=5,
)
USERS = count()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sayings=SAYINGS, order=st.permutations(range(1, 6)))
async def test_of_any_sayings_in_any_order_of_arrival_the_last_one_holds(
    app: MemoryApp, sayings: list[tuple[str, str, bool, Rule | None]], order: list[int]
) -> None:
    user_id = f"user-{next(USERS)}"
    said: list[Saying] = []
    for (thread, place, verdict, rule), day in zip(sayings, order, strict=False):
        said.append(Saying(thread, day, place, verdict))
        await say(app, said[-1], user_id)
        if rule and len(said) < len(sayings):
            app.model.answer_by(RECONCILE, rule)
            await reconcile(app, user_id)
    app.model.answer_by(RECONCILE, contradict_all)
    last = max(said, key=lambda saying: saying.day)
    for _ in range(2):
        await reconcile(app, user_id)
        assert await places(app, user_id) == [last.place]
