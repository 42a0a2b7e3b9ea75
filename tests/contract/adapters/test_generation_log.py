"""Marks that open again for a generation, and what its records say, over the real SDK."""

import pytest

from shared.adapters.cosmos_generation_log import CosmosGenerationLog
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.domain.dead_letters import letters_of_chunk
from shared.domain.errors import ConflictError
from shared.domain.reopening import begin_generation, reopen_batch
from shared.domain.reprocess import Reprocess
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from shared.ports import GenerationLog, Versioned
from tests.contract.adapters.stores import KEY, Stores, arrived, record_of
from tests.fakes.memory_app import MemoryApp

ANEW = Reprocess(generation=2)
OTHER = ThreadKey(user_id="u1", thread_id="t2")


class GenerationStores(Stores):
    """The ports, with threads that have committed chunk 1."""

    def __init__(self, app: MemoryApp) -> None:
        super().__init__(app)
        assert isinstance(self.threads, CosmosThreadLog)
        self.log: GenerationLog = CosmosGenerationLog(app.counters, self.threads.remember_state)

    async def close(
        self, *turn_ids: str, key: ThreadKey = KEY, generation: int = 0, dead: bool = False
    ) -> Versioned[ThreadState]:
        claimed = await self.claim(turn_ids, key)
        record = record_of(turn_ids, key).model_copy(update={"generation": generation})
        if dead:
            reasons = dict.fromkeys(turn_ids, "content_filter")
            record = record.model_copy(update={"reasons": reasons})
        letters = letters_of_chunk(record, {}, "model_refused")
        update = {"claim": None, "closed": len(turn_ids), "chunks": 1}
        state = claimed.value.model_copy(update=update)
        return await self.threads.commit(state, claimed.etag, record, [], letters)

    async def open_all(self, stored: Versioned[ThreadState]) -> Versioned[ThreadState]:
        marks = await self.log.closed_marks(KEY, ANEW, 10)
        letters = await self.log.letters(KEY, [mark.turn_id for mark in marks])
        owed = begin_generation(stored.value, 2, 0)
        opened = reopen_batch(owed, ANEW, {"extracted": len(marks)}, marks[-1].id)
        return await self.log.reopen(opened, stored.etag, marks, letters)


@pytest.fixture
def stores(app: MemoryApp) -> GenerationStores:
    return GenerationStores(app)


async def test_closed_marks_come_by_id_each_once_and_no_open_one(stores: GenerationStores) -> None:
    await stores.close("a", "b", "c")
    await stores.threads.count(KEY, [arrived("open")])
    first = await stores.log.closed_marks(KEY, ANEW, 2)
    following = ANEW.model_copy(update={"after": first[-1].id})
    rest = await stores.log.closed_marks(KEY, following, 2)
    assert sorted(mark.turn_id for mark in [*first, *rest]) == ["a", "b", "c"]
    late = ANEW.model_copy(update={"since": 101})
    assert await stores.log.closed_marks(KEY, late, 9) == []


async def test_marks_of_the_generation_are_not_given_again(stores: GenerationStores) -> None:
    await stores.close("a", generation=2)
    assert await stores.log.closed_marks(KEY, ANEW, 9) == []
    newer = ANEW.model_copy(update={"generation": 3})
    [mark] = await stores.log.closed_marks(KEY, newer, 9)
    assert (mark.generation, mark.outcome, mark.chunk) == (2, "extracted", 1)


async def test_an_opened_turn_is_pending_with_its_generation(stores: GenerationStores) -> None:
    opened = await stores.open_all(await stores.close("a", "b"))
    assert (opened.value.closed, opened.value.reprocess and opened.value.reprocess.open) == (0, 2)
    pending = await stores.threads.pending_turns(KEY, 9)
    assert {turn.turn_id: turn.generation for turn in pending} == {"a": 2, "b": 2}
    assert await stores.threads.load(KEY, fresh=False) == opened


async def test_an_opened_dead_letter_leaves_the_box_and_keeps_its_tries(
    stores: GenerationStores,
) -> None:
    await stores.open_all(await stores.close("a", dead=True))
    assert await stores.letters.find(None, None, "", 9) == []
    [turn] = await stores.threads.pending_turns(KEY, 9)
    assert turn.reopened
    assert turn.reopened.attempts == 1


async def test_nothing_opens_over_a_state_that_was_changed(stores: GenerationStores) -> None:
    stored = await stores.close("a")
    await stores.threads.save(stored.value, stored.etag)
    with pytest.raises(ConflictError):
        await stores.open_all(stored)
    assert await stores.threads.pending_turns(KEY, 9) == []


async def test_outcomes_are_those_of_the_chunks_of_the_marks(stores: GenerationStores) -> None:
    await stores.close("a", "b")
    [first, _] = await stores.log.closed_marks(KEY, ANEW, 9)
    assert await stores.log.outcomes(KEY, [first]) == {first.turn_id: "extracted"}


async def test_a_turn_id_is_found_in_every_thread_of_its_user(stores: GenerationStores) -> None:
    await stores.close("a", generation=2)
    await stores.close("a", key=OTHER)
    await stores.close("a", key=ThreadKey(user_id="u2", thread_id="t1"))
    marks = await stores.log.marks("u1", ["a", "b"])
    assert sorted(mark.generation for mark in marks["a"]) == [0, 2]
    assert "b" not in marks


async def test_derived_memories_are_told_by_generation_over_the_users_threads(
    stores: GenerationStores,
) -> None:
    await stores.close("a")
    await stores.close("a", key=OTHER, generation=2)
    await stores.close("a", key=ThreadKey(user_id="u2", thread_id="t1"), generation=3)
    assert await stores.log.derived("u1", 2, ["fact_1", "fact_2"]) == {"fact_1"}
    assert await stores.log.derived("u1", 3, ["fact_1"]) == set()
    assert [page async for page in stores.log.earlier_memories(KEY, 2)] == [["fact_1"]]
    assert [page async for page in stores.log.earlier_memories(OTHER, 2) if page] == []
