"""What the services need of the outside world, as small Protocols with their promises.

Every method raises TransientError for what may succeed later, and ConflictError (a TransientError)
where it says so; nothing else, save the errors named. All reads and writes name their user.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.domain.dead_letters import DeadLetter
from shared.domain.facts import GroundedFact, KnownFact
from shared.domain.ledger import ChunkRecord, Totals
from shared.domain.scanning import ScanMark
from shared.domain.thread_state import PendingTurn, ThreadState
from shared.domain.turns import ArrivedTurn, ThreadKey, Turn
from shared.domain.user_state import UserState


@dataclass(frozen=True, slots=True)
class Versioned[T]:
    """A value and the ETag under which it was read or written."""

    value: T
    etag: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's static part: `version` changes whenever `instructions` or `schema` do."""

    name: str
    version: str
    schema_name: str
    instructions: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer that parsed as JSON, and what it cost in tokens."""

    data: dict[str, Any]
    prompt_tokens: int
    completion_tokens: int


class Clock(Protocol):
    """The time."""

    def now(self) -> float:
        """Unix time in seconds."""
        ...


class ThreadLog(Protocol):
    """A thread's counter, state, seen turns and ledger: one logical partition."""

    async def count(self, key: ThreadKey, turns: Sequence[ArrivedTurn]) -> Versioned[ThreadState]:
        """Count each turn not counted before, exactly once whatever happens; the state after it."""
        ...

    async def load(self, key: ThreadKey, *, fresh: bool) -> Versioned[ThreadState] | None:
        """The state, or None if no turn was ever counted.

        Without `fresh` it may be the state this process last saw; a write under its ETag is then
        refused with ConflictError if it has changed since.
        """
        ...

    async def save(self, state: ThreadState, etag: str) -> Versioned[ThreadState]:
        """Replace the state; ConflictError if it is not the one with this ETag any more."""
        ...

    async def pending_turns(self, key: ThreadKey, limit: int) -> list[PendingTurn]:
        """Counted turns that are in no chunk, in order of arrival."""
        ...

    async def chunk_turns(self, key: ThreadKey, chunk: int) -> list[str]:
        """The turn ids of a closed or claimed chunk; they never change. Empty if unknown."""
        ...

    async def commit(
        self,
        state: ThreadState,
        etag: str,
        record: ChunkRecord | None,
        answers: Sequence[str],
        letters: Sequence[DeadLetter] = (),
    ) -> Versioned[ThreadState]:
        """Write state, ledger record and letters, mark its turns, drop the answers: all or nothing.

        ConflictError if the state is not the one with this ETag any more.
        """
        ...


class DeadLetterBox(Protocol):
    """Turns that no further try will process, until somebody acts."""

    async def record(self, letters: Sequence[DeadLetter]) -> None:
        """Store letters of turns that cannot be counted; one that is stored already stays."""
        ...

    async def find(
        self, user_id: str | None, ids: Sequence[str] | None, after: str, limit: int
    ) -> list[DeadLetter]:
        """Letters by id, after one id: of a user or (None) all, with these ids or (None) any."""
        ...

    async def still_counted(
        self, key: ThreadKey, letters: Sequence[DeadLetter]
    ) -> list[DeadLetter]:
        """Those letters of a thread whose turns are still known as closed."""
        ...

    async def reopen(self, state: ThreadState, etag: str, letters: Sequence[DeadLetter]) -> None:
        """Write the state, open the letters' turns and remove the letters: all or nothing.

        ConflictError if the state is not the one with this ETag any more.
        """
        ...

    async def drop(self, letter: DeadLetter) -> None:
        """Remove a letter; one that is gone already is as good."""
        ...


class UserLog(Protocol):
    """A user's counter, state and chunk marks: one logical partition."""

    async def count_chunk(
        self, key: ThreadKey, chunk: int, turns: int, arrived_at: int
    ) -> Versioned[UserState]:
        """Add a chunk's turns to the user's count, exactly once; the state after it."""
        ...

    async def load(self, user_id: str) -> Versioned[UserState] | None:
        """The state, or None if no chunk of the user was ever counted."""
        ...

    async def save(
        self, state: UserState, etag: str, *, drop_answers: Sequence[str] = ()
    ) -> Versioned[UserState]:
        """Replace the state and drop spent answers with it; ConflictError as in ThreadLog.save."""
        ...

    async def request_refresh(self, user_id: str) -> None:
        """Want the user's profile up to date; remembered also before anything was committed."""
        ...

    async def has_open_threads(self, user_id: str) -> bool:
        """Whether a thread of the user still works towards a flush."""
        ...


class Journal(Protocol):
    """Answers of the model, stored before they have any effect."""

    async def load(self, key: ThreadKey, answer_id: str) -> dict[str, Any] | None:
        """The stored answer, or None."""
        ...

    async def create(
        self, key: ThreadKey, claim_key: str, answer_id: str, answer: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Store an answer while the claim is live; the one stored first wins and is returned.

        ConflictError if the claim was committed meanwhile: nothing may be written for it any more.
        """
        ...


class TurnReader(Protocol):
    """The turns container."""

    async def read(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[Turn]:
        """Those of the turns that still exist, in the order asked for."""
        ...

    def scan(self, since: int, until: int) -> AsyncIterator[list[dict[str, Any]]]:
        """Pages of turns of all users last written in [since, until) Unix seconds, oldest first.

        Ids and times, no content. The one read that names no user: it finds turns that the trigger
        never saw.
        """
        ...


class FactStore(Protocol):
    """Facts in the memories container."""

    async def nearest(
        self, user_id: str, embedding: Sequence[float], limit: int
    ) -> list[KnownFact]:
        """The user's active facts most similar to the vector, best first."""
        ...

    async def load(self, user_id: str, fact_ids: Sequence[str]) -> dict[str, KnownFact]:
        """Those of the facts that exist, by id, superseded ones included."""
        ...

    async def create(self, key: ThreadKey, documents: Sequence[Mapping[str, Any]]) -> int:
        """Create the facts that do not exist yet; how many were new."""
        ...

    async def absorb(
        self, known: KnownFact, user_id: str, fact: GroundedFact, *, revive: bool
    ) -> None:
        """Unite a fact with the stored one (see `absorb_fact`); repeating it changes nothing."""
        ...

    async def supersede(
        self, user_id: str, loser: KnownFact, winner_id: str, reason: str, at: str
    ) -> bool:
        """Mark an active fact as superseded; False if it was not active any more.

        Also False if it was said again since: its event time is not that of `loser` any more.
        """
        ...

    async def newest(self, user_id: str, limit: int) -> list[KnownFact]:
        """The user's newest active facts by event time, newest first; no facts of agents."""
        ...

    async def changed_since(self, user_id: str, since: int) -> list[dict[str, Any]]:
        """The user's facts written at or after Unix time `since`, oldest first, no vectors."""
        ...

    async def same_content(self, user_id: str, content_hashes: Sequence[str]) -> list[KnownFact]:
        """The user's active facts with one of these content hashes."""
        ...


class SummaryStore(Protocol):
    """Thread summaries and user profiles in the summaries container."""

    async def load(self, key: ThreadKey, document_id: str) -> dict[str, Any] | None:
        """The stored document without its vector, or None; its version is `_etag`."""
        ...

    async def save(self, document: Mapping[str, Any], *, replacing: str | None) -> bool:
        """Replace the version of the document with this ETag, or (None) create it.

        False, and nothing written, if another version is stored.
        """
        ...

    async def threads_changed_since(self, user_id: str, since: int) -> list[dict[str, Any]]:
        """The user's active thread summaries written at or after Unix time `since`."""
        ...


class WorkIndex(Protocol):
    """What the sweeper and an operator ask over all users; never used to process a turn."""

    def threads_with_work(self, *, summaries: bool) -> AsyncIterator[list[ThreadState]]:
        """Pages of threads that run, have turns pending, or (if wanted) lag with their summary."""
        ...

    def users_with_work(self, *, profiles: bool) -> AsyncIterator[list[UserState]]:
        """Pages of users that run or (if wanted) whose profile lags."""
        ...

    async def load_scan_mark(self) -> ScanMark:
        """How far the turns container was scanned; the beginning if it never was."""
        ...

    async def save_scan_mark(self, mark: ScanMark) -> None:
        """Move the mark."""
        ...

    async def totals(self, since: int) -> Totals:
        """Sums over all threads and users; what is recent was committed since that Unix time."""
        ...


class ChatModel(Protocol):
    """A chat model that answers in a given JSON schema."""

    async def complete(self, prompt: Prompt, payload: Mapping[str, Any]) -> Answer:
        """The answer to the prompt with `payload` as its one user message, as JSON.

        Raises ModelUnavailableError or InvalidAnswerError (another try may succeed) and
        ModelRefusedError (none will).
        """
        ...


class Embedder(Protocol):
    """A text embedding model."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, in order. Raises ModelUnavailableError."""
        ...
