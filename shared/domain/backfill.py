"""A backfill: which existing turns are processed, how far it is, and how fast it may go."""

from collections.abc import Sequence

from pydantic import Field

from shared.domain.identifiers import hash_parts
from shared.domain.turns import Frozen, ThreadKey

REOPENING = "reopening"
COUNTING = "counting"
SETTLING = "settling"
DONE = "done"
CANCELLED = "cancelled"
POLL_SECONDS = 2.0
_LONGEST_PAUSE = 30.0
_PAUSE_OF_FAILURE = 10.0
_PATIENCE_SECONDS = 600.0
_MOST_TURNS_AT_ONCE = 100
_CLOCKS_DIFFER_BY = 300  # what is newer than the request may be counted twice over, to no effect


class BackfillRequest(Frozen):
    """What is asked for: the turns of a user or (None) of all, written since a moment (Unix time).

    With `reprocess` turns that are processed are processed anew, and not only those never seen.
    """

    user_id: str | None = None
    since: int = 0
    reprocess: bool = False

    @property
    def backfill_id(self) -> str:
        """The same request has the same id, and so joins a backfill that is under way."""
        whose = "all" if self.user_id is None else f"user:{self.user_id}"
        return f"backfill:{hash_parts(whose, str(self.since), str(self.reprocess))}"


class Backfill(Frozen):
    """How far a backfill is.

    `stage` is reopening (threads are told to derive a new `generation`), counting (turns never seen
    are looked for), settling (the last threads are still at it), done or cancelled. `after` is the
    last thread that was told, `scanned_to` the server time up to which turns were looked at, and
    `until` where that ends, in Unix seconds. `busy` are the threads that were started and
    not seen at rest, `resume_at` is when the next may be; `threads` and `turns` count the starts
    and the turns that waited in them. `failing_since` (Unix time, 0: not) is since when a thread
    could not be counted; those that the backfill went on without are `passed`.
    """

    id: str
    request: BackfillRequest
    stage: str
    generation: int = 0
    after: ThreadKey | None = None
    scanned_to: int = 0
    until: int = 0
    busy: list[ThreadKey] = Field(default_factory=list)
    resume_at: float = 0.0
    threads: int = 0
    turns: int = 0
    failing_since: float = 0.0
    passed: list[ThreadKey] = Field(default_factory=list)
    started_at: str = ""
    ended_at: str = ""
    written_at: int = Field(default=0, validation_alias="_ts", exclude=True)

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing left to do for it."""
        return self.stage in (DONE, CANCELLED)


class Pace(Frozen):
    """How fast a backfill may go: turns a minute, and threads that are at work at a time."""

    turns_per_minute: int
    threads: int

    @property
    def turns_at_once(self) -> int:
        """The turns of one page: about ten seconds' worth, a hundred at most."""
        return max(1, min(_MOST_TURNS_AT_ONCE, self.turns_per_minute // 6))

    def pause_after(self, turns: int) -> float:
        """The seconds that so many turns take up."""
        return turns * 60 / self.turns_per_minute


def begin_backfill(
    request: BackfillRequest, generation: int, now: float, started_at: str
) -> Backfill:
    """A backfill that has everything before it."""
    return Backfill(
        id=request.backfill_id,
        request=request,
        stage=REOPENING if request.reprocess else COUNTING,
        generation=generation if request.reprocess else 0,
        scanned_to=request.since,
        until=int(now) + _CLOCKS_DIFFER_BY,
        started_at=started_at,
    )


def end_backfill(backfill: Backfill, stage: str, at: str) -> Backfill:
    """The backfill done, or cancelled: nobody is waited for any more."""
    return backfill.model_copy(update={"stage": stage, "ended_at": at, "busy": []})


def wait_or_pass(
    backfill: Backfill, uncounted: Sequence[ThreadKey], now: float
) -> tuple[Backfill, bool]:
    """The backfill after threads of a page were not counted, and whether it goes on without them.

    It waits for a while, and looks again every few seconds; then it passes them, now and later.
    """
    new = [key for key in uncounted if key not in backfill.passed]
    if not new:
        return backfill, True
    since = backfill.failing_since or now
    if now - since < _PATIENCE_SECONDS:
        resume_at = now + _PAUSE_OF_FAILURE
        return backfill.model_copy(update={"failing_since": since, "resume_at": resume_at}), False
    update = {"failing_since": 0.0, "passed": [*backfill.passed, *new]}
    return backfill.model_copy(update=update), True


def pause_before_next(backfill: Backfill, pace: Pace, now: float) -> float:
    """How long to wait before the next page may begin, in seconds; 0 if it may begin now.

    While so many threads are at work, and at the end while any is, the wait is a short look again.
    """
    most = 1 if backfill.stage == SETTLING else pace.threads
    if len(backfill.busy) >= most:
        return POLL_SECONDS
    if backfill.stage == SETTLING:
        return 0.0
    return min(_LONGEST_PAUSE, max(0.0, backfill.resume_at - now))
