"""What goes in and out of orchestrations and activities: ids and counts, never content.

Fields are only ever added, with a default, so that instances started by an older version of the
app can be finished by a newer one. `version` tells which version wrote a message.
"""

from pydantic import Field

from shared.domain.errors import InvalidAnswerError, ModelUnavailableError, TransientErrors
from shared.domain.segments import Place
from shared.domain.turns import Frozen, ThreadKey

DONE = "done"
DEFERRED = "deferred"


class RetryPolicy(Frozen):
    """How an orchestration retries a step: first pause in seconds, doubled each time, and tries."""

    first_seconds: float = 2.0
    attempts: int = 6


class Attempt(Frozen):
    """One try of a step: `attempt` counts from 0 within one run.

    `overdue` names the steps that have failed for longer than the horizon when the run began.
    """

    retry: RetryPolicy = RetryPolicy()
    attempt: int = 0
    overdue: list[str] = Field(default_factory=list)

    @property
    def is_last_try(self) -> bool:
        """Whether the orchestration tries the step no more in this round."""
        return self.attempt + 1 >= self.retry.attempts

    def settles(self, step: str) -> TransientErrors:
        """The errors that this try takes for a refusal; see Question."""
        if not self.is_last_try:
            return ()
        late = (ModelUnavailableError,) if step in self.overdue else ()
        return (InvalidAnswerError, *late)


class ThreadJob(Frozen):
    """Input of `process_thread`."""

    version: int = 1
    user_id: str
    thread_id: str
    retry: RetryPolicy = RetryPolicy()

    @property
    def key(self) -> ThreadKey:
        """The thread."""
        return ThreadKey(user_id=self.user_id, thread_id=self.thread_id)


class UserJob(Frozen):
    """Input of `process_user`."""

    version: int = 1
    user_id: str
    retry: RetryPolicy = RetryPolicy()


class SegmentSpan(Frozen):
    """A segment by its ends; see Segment."""

    first: Place
    last: Place

    @property
    def name(self) -> str:
        """As Segment.name."""
        return f"{self.first[0]}.{self.first[1]}"


class ThreadPlan(Frozen):
    """What a thread's claim asks for; `adopted` if an earlier run may have begun it.

    While a `generation` is being derived, it says which; `rebuild` a summary from nothing. With
    `retire` there is no claim: what the generation did not derive again ends.
    """

    due: bool = False
    claim_key: str = ""
    chunk: int = 0
    extract: bool = False
    summarize_from: int = 0
    summarize_to: int = 0
    summary_edition: int = 0
    segments: list[SegmentSpan] = Field(default_factory=list)
    adopted: bool = False
    overdue: list[str] = Field(default_factory=list)
    generation: int = 0
    rebuild: bool = False
    retire: bool = False


class StepJob(ThreadJob, Attempt):
    """Input of a step over a thread's claim."""

    claim_key: str
    chunk: int
    summarize_from: int = 0
    summarize_to: int = 0
    summary_edition: int = 0
    adopted: bool = False
    generation: int = 0
    rebuild: bool = False


class EpisodesJob(StepJob):
    """Input of the steps that write episodes, one segment after the other."""

    segments: list[SegmentSpan] = Field(default_factory=list)


class PersistJob(StepJob):
    """Input of `persist_facts`: what `deduplicate_facts` decided, by index and id.

    `updates` are the losers in `supersedes` that were true until now.
    """

    creates: list[int] = Field(default_factory=list)
    folds: dict[int, str] = Field(default_factory=dict)
    revives: dict[int, str] = Field(default_factory=dict)
    supersedes: list[tuple[str, str]] = Field(default_factory=list)
    updates: list[str] = Field(default_factory=list)


class StepResult(Frozen):
    """How a step ended; `count` is its yield (facts, turns), `folds` as in FactDecisions."""

    status: str = DONE
    count: int = 0
    folds: dict[int, str] = Field(default_factory=dict)


class CommitJob(StepJob):
    """Input of `commit_thread`: how the claim's steps ended; None for a step not in it."""

    extracted: StepResult | None = None
    summarized: StepResult | None = None
    episodes: StepResult | None = None


class CommitResult(Frozen):
    """Whether the thread, and its user's profile, have more to do at once."""

    due: bool
    profile_due: bool


class RetireResult(Frozen):
    """How many memories ended, how many are active again, and whether the user has work."""

    retired: int = 0
    revived: int = 0
    profile_due: bool = False


class BackfillJob(Frozen):
    """Input of `run_backfill`: a document that says what to do and how far it is."""

    version: int = 1
    backfill_id: str
    retry: RetryPolicy = RetryPolicy()


class BackfillStep(Frozen):
    """Whether a backfill has ended, or else after how many seconds it goes on; and its yield."""

    done: bool = False
    pause_seconds: float = 0.0
    turns: int = 0
    threads: int = 0


class ProfilePlan(Frozen):
    """What a user's claim asks for: see ProfileClaim."""

    due: bool = False
    claim_key: str = ""
    run: int = 0
    reconcile: bool = False
    profile: bool = True
    procedures: bool = False
    thorough: bool = False
    adopted: bool = False
    overdue: list[str] = Field(default_factory=list)


class ProfileJob(UserJob, Attempt):
    """Input of a step over a user's claim; at the commit `procedures` says that they succeeded."""

    claim_key: str
    run: int
    reconcile: bool = False
    profile: bool = True
    procedures: bool = False
    thorough: bool = False
    adopted: bool = False
    status: str = DONE
