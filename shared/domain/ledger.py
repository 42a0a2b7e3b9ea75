"""The ledger: a record a committed chunk, segment, summary and user's run; and totals."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

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


class StepRecord(Frozen):
    """What one step of a run made of how many things, and what it cost.

    `count` is the turns of a summary, the changed memories of a profile, the facts that a
    reconciliation ended, or the rules that were derived; `refused` what the model would not read.
    Without a prompt nothing was asked.
    """

    count: int = 0
    tokens: int = 0
    refused: int = 0
    prompt_id: str = ""
    prompt_version: str = ""

    @classmethod
    def of_answer(cls, answer: Mapping[str, Any], counted: str) -> Self:
        """The record of the step whose journalled answer this is; `counted` names its count."""
        return cls(
            count=_count(answer.get(counted)),
            tokens=_count(answer.get("tokens")),
            refused=_count(answer.get("refused")),
            prompt_id=str(answer.get("prompt_id") or ""),
            prompt_version=str(answer.get("prompt_version") or ""),
        )


def _count(value: Any) -> int:
    """A number as it is, of anything else how many there are."""
    return value if isinstance(value, int) else len(value or ())


class RunRecord(Frozen):
    """What the steps of one committed run cost: a thread's summary, or a user's steps.

    `name` is the document's id, unique in the thread; a user's runs are in thread `__counters__`.
    """

    user_id: str
    thread_id: str
    name: str
    steps: dict[str, StepRecord]
    committed_at: str


def count_tokens(records: Iterable[ChunkRecord | SegmentRecord | RunRecord]) -> int:
    """What models took for all that is recorded."""
    tokens = 0
    for record in records:
        if isinstance(record, RunRecord):
            tokens += sum(step.tokens for step in record.steps.values())
        else:
            tokens += record.prompt_tokens + record.completion_tokens
    return tokens


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
