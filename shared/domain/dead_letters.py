"""Dead letters: turns that no further try will process, with the reason, until somebody acts."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.identifiers import dead_letter_id, hash_parts
from shared.domain.ledger import ChunkRecord
from shared.domain.pending_turns import Reopened
from shared.domain.reopening import reopen_turns
from shared.domain.thread_state import ThreadState
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ArrivedTurn, Frozen, RejectedTurn, ThreadKey

INVALID_TURN = "invalid_turn"
NOT_COUNTED = "not_counted"
MODEL_REFUSED = "model_refused"
RETRIES_EXHAUSTED = "retries_exhausted"
# Holds the letters of turns that were not counted: their thread's own partition may be what fails.
UNUSABLE_USER = "__unusable__"
_OUTCOME = "dead_lettered"


class DeadLetter(Frozen):
    """A turn that is not processed, and why; times are ISO 8601 in UTC.

    `user_id` and `thread_id` are the turn's own. `chunk` is the ledger record that closed it, 0 for
    a turn that could not even be counted. `error_code` is the class of the failure, `reason` what
    was said of this turn, such as content_filter.
    """

    id: str
    user_id: str
    thread_id: str
    turn_id: str
    chunk: int
    error_code: str
    reason: str
    first_at: str
    last_at: str
    attempts: int

    @property
    def can_be_retried(self) -> bool:
        """Whether another try can be asked for: to process the turn, or to count it."""
        return self.error_code != INVALID_TURN

    @property
    def was_counted(self) -> bool:
        """Whether a chunk has closed the turn."""
        return self.chunk > 0

    @property
    def key(self) -> ThreadKey:
        """The thread of the turn."""
        return ThreadKey(user_id=self.user_id, thread_id=self.thread_id)


class Selection(Frozen):
    """Which letters: those with these ids, those of a user, or (neither) all."""

    ids: list[str] | None = None
    user_id: str | None = None


def letters_of_chunk(
    record: ChunkRecord, reopened: Mapping[str, Reopened], error_code: str
) -> list[DeadLetter]:
    """The letters of the turns of a chunk that have a reason; one tried again says so."""
    letters: list[DeadLetter] = []
    for turn_id, reason in record.reasons.items():
        before = reopened.get(turn_id)
        letters.append(
            DeadLetter(
                id=dead_letter_id(record.user_id, record.thread_id, turn_id),
                user_id=record.user_id,
                thread_id=record.thread_id,
                turn_id=turn_id,
                chunk=record.chunk,
                error_code=error_code,
                reason=reason,
                first_at=before.first_at if before else record.committed_at,
                last_at=record.committed_at,
                attempts=1 + (before.attempts if before else 0),
            )
        )
    return letters


def letter_of_invalid(turn: RejectedTurn, at: str) -> DeadLetter:
    """The letter of a turn that cannot be counted."""
    return DeadLetter(
        id=dead_letter_id(turn.user_id, turn.thread_id, turn.turn_id),
        user_id=turn.user_id,
        thread_id=turn.thread_id,
        turn_id=turn.turn_id,
        chunk=0,
        error_code=INVALID_TURN,
        reason=turn.reason,
        first_at=at,
        last_at=at,
        attempts=1,
    )


def letter_of_uncounted(key: ThreadKey, turn: ArrivedTurn, cause: str, at: str) -> DeadLetter:
    """The letter of a turn whose thread could not be counted for too long."""
    return DeadLetter(
        id=dead_letter_id(key.user_id, key.thread_id, turn.turn_id),
        user_id=key.user_id,
        thread_id=key.thread_id,
        turn_id=turn.turn_id,
        chunk=0,
        error_code=NOT_COUNTED,
        reason=cause,
        first_at=from_epoch(turn.arrived_at),
        last_at=at,
        attempts=1,
    )


def letter_partition(letter: DeadLetter) -> tuple[str, str]:
    """The two values of the partition key of a letter's document."""
    if letter.was_counted:
        return letter.user_id, letter.thread_id
    return uncounted_partition(letter.key)


def uncounted_partition(key: ThreadKey) -> tuple[str, str]:
    """The partition of the letters of a thread's turns that were not counted."""
    return UNUSABLE_USER, hash_parts(key.user_id, key.thread_id)


def to_document(letter: DeadLetter) -> dict[str, Any]:
    """The letter as it is stored: the ids of the turn beside those of the partition."""
    user_id, thread_id = letter_partition(letter)
    return {
        **letter.model_dump(mode="json"),
        "type": "dead_letter",
        "user_id": user_id,
        "thread_id": thread_id,
        "turn_user_id": letter.user_id,
        "turn_thread_id": letter.thread_id,
    }


def from_document(document: Mapping[str, Any]) -> DeadLetter:
    """The letter that a document holds."""
    own = {
        "user_id": document.get("turn_user_id", document["user_id"]),
        "thread_id": document.get("turn_thread_id", document["thread_id"]),
    }
    return DeadLetter.model_validate({**document, **own})


def reopen_letters(state: ThreadState, letters: Sequence[DeadLetter]) -> ThreadState:
    """The state with these turns open again, wanted at once; their letters are taken back."""
    return reopen_turns(state, {_OUTCOME: len(letters)})
