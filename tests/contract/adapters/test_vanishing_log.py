import pytest

from shared.adapters.cosmos_vanishing_log import CosmosVanishingLog
from shared.domain.errors import ConflictError
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import VanishedTurns, Walk
from shared.ports import VanishingLog
from tests.contract.adapters.stores import KEY, Stores, closed, record_of
from tests.fakes.memory_app import MemoryApp


@pytest.fixture
def log(app: MemoryApp) -> VanishingLog:
    return CosmosVanishingLog(app.counters)


def note_of(name: str, *, walk: int = 1, next_at: float = 0.0, **fields: bool) -> VanishedTurns:
    note = VanishedTurns(
        id=f"vanished:{name}", **KEY.model_dump(), turn_ids=["turn-1"], walk=walk, next_at=next_at
    )
    return note.model_copy(update=fields)


async def test_a_walk_is_read_as_it_was_saved(log: VanishingLog) -> None:
    first = await log.load_walk()
    assert first.value == Walk()
    walk = Walk(number=3, under_way=True, user_id="u/1", thread_id="t?2", checked=7, cleared=2)
    await log.save_walk(walk, first.etag)
    assert (await log.load_walk()).value == walk


@pytest.mark.parametrize("began", [False, True])
async def test_of_two_who_move_a_walk_one_is_refused(log: VanishingLog, began: bool) -> None:
    if began:
        await log.save_walk(Walk(number=1), "")
    seen = await log.load_walk()
    await log.save_walk(Walk(number=2), seen.etag)
    with pytest.raises(ConflictError):
        await log.save_walk(Walk(number=2, checked=9), seen.etag)
    assert (await log.load_walk()).value.checked == 0


async def test_users_and_threads_with_committed_turns_are_listed_in_parts(
    log: VanishingLog, stores: Stores
) -> None:
    keys = [ThreadKey(user_id=f"u{n // 2}", thread_id=f"t{n}") for n in range(6)]
    for key in keys:
        claimed = await stores.claim(["a"], key)
        await stores.users.count_chunk(key, 1, 1, 100)
        record = record_of(["a"], key)
        await stores.threads.commit(closed(claimed.value), claimed.etag, record, [])
    await stores.claim(["open"], ThreadKey(user_id="u0", thread_id="t9"))
    assert await log.users_after("", 2) == ["u0", "u1"]
    assert await log.users_after("u1", 2) == ["u2"]
    assert await log.users_after("u2", 2) == []
    assert await log.threads_after(ThreadKey(user_id="u0", thread_id=""), 1) == ["t0"]
    assert await log.threads_after(ThreadKey(user_id="u0", thread_id="t0"), 9) == ["t1"]
    assert await log.threads_after(ThreadKey(user_id="u0", thread_id="t1"), 9) == []


async def test_notes_that_are_due_come_longest_due_first(log: VanishingLog) -> None:
    for note in (note_of("b", next_at=20), note_of("a", next_at=10), note_of("c", next_at=99)):
        assert await log.note(note)
    assert await log.note(note_of("later", walk=2))
    assert await log.note(note_of("asked", walk=0, next_at=30, confirmed=True))
    due = [note.value.id for note in await log.due_notes(50, 1, 9)]
    assert due == ["vanished:a", "vanished:b", "vanished:asked"]
    assert len(await log.due_notes(50, 1, 2)) == 2
    assert [note.value.id for note in await log.due_notes(50, 0, 9)] == ["vanished:asked"]


async def test_a_note_is_stored_once_and_the_first_stays(log: VanishingLog) -> None:
    assert await log.note(note_of("a", confirmed=True))
    assert not await log.note(note_of("a"))
    [stored] = await log.due_notes(0, 1, 9)
    assert stored.value == note_of("a", confirmed=True)


async def test_a_note_that_somebody_else_has_moved_is_not_saved(log: VanishingLog) -> None:
    await log.note(note_of("a"))
    [seen] = await log.due_notes(0, 1, 9)
    saved = await log.save_note(note_of("a", confirmed=True), seen.etag)
    with pytest.raises(ConflictError):
        await log.save_note(note_of("a"), seen.etag)
    await log.save_note(note_of("a", confirmed=True, forgotten=True), saved.etag)
    await log.drop_note(saved.value)
    await log.drop_note(saved.value)
    assert await log.due_notes(0, 1, 9) == []
