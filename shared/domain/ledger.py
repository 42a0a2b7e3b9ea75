"""The ledger: an immutable record a committed chunk, one a segment; and totals over all of it."""

from pydantic import Field

from shared.domain.segments import MEMBER_OUTCOMES, Place
from shared.domain.turns import Frozen


class ChunkRecord(Frozen):
    """What became of the turns of one chunk, which memories came of it, and what it cost.

    `outcomes` maps each turn id to extracted, trivial, gone, elsewhere, dead_lettered, off or
    redacted (withheld from every model); `reasons` says of each dead letter why. A turn that is
    processed anew is in a record of a later `generation` too, which is then the one that counts; it
    is `unsegmented` there, since an episode has had its chance of it.
    """

    user_id: str
    thread_id: str
    chunk: int
    turn_ids: list[str]
    outcomes: dict[str, str]
    memory_ids: list[str]
    prompt_id: str
    prompt_version: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    dropped_facts: int
    objections: dict[str, int] = Field(default_factory=dict)
    committed_at: str
    reasons: dict[str, str] = Field(default_factory=dict)
    generation: int = 0
    unsegmented: list[str] = Field(default_factory=list)

    def may_be_in_segment(self, turn_id: str) -> bool:
        """Whether a turn of the chunk exists, was processed here, and for the first time."""
        member = self.outcomes.get(turn_id) in MEMBER_OUTCOMES
        return member and turn_id not in self.unsegmented


class SegmentRecord(Frozen):
    """What became of one segment: its turns, its episodes, and what they cost.

    `outcome` is written, empty (nothing worth an episode), refused (by the model, every turn of
    it) or given_up (it failed for longer than the horizon). `refused` says of turns that the model
    would not read why.
    """

    user_id: str
    thread_id: str
    name: str
    first: Place
    last: Place
    turn_ids: list[str]
    outcome: str
    memory_ids: list[str]
    refused: dict[str, str]
    dropped_events: int
    prompt_id: str
    prompt_version: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    committed_at: str


class Totals(Frozen):
    """Sums over all threads and users; `oldest_pending` is Unix time, 0 if nothing is.

    `failing` counts, by step, the threads (users, for the profile) whose last try of it failed;
    `recently_processed` the turns in chunks committed since the moment that was asked about;
    `vanished` the turns that were deleted after they were processed; `put_off_threads` have turns
    that wait for the next day, as their user's budget of tokens is spent.
    """

    arrived: int
    outcomes: dict[str, int]
    pending: int
    dead_letters: int
    busy_threads: int
    busy_users: int
    oldest_pending: int
    failing: dict[str, int]
    recently_processed: int
    vanished: int = 0
    put_off_threads: int = 0
