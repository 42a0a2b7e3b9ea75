"""The app's metrics: every name, what it means, and what it is called in GET /api/status."""

from typing import Literal

from shared.domain.turns import Frozen

type Kind = Literal["counter", "histogram", "gauge"]


class Metric(Frozen):
    """One metric.

    `unit` is a UCUM unit. A gauge is read at each sweep, a counter and a histogram grow as the work
    is done. `status_key` names the same figure in GET /api/status, empty if it is only a metric.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    attributes: tuple[str, ...] = ()
    status_key: str = ""


TURNS_COUNTED = Metric(
    name="memory.turns.counted",
    kind="counter",
    unit="{turn}",
    meaning="Distinct turns counted; `source` is `feed`, or `scan` for those that the feed did not"
    " deliver and the sweeper or a backfill has found",
    attributes=("source",),
    status_key="turns_counted",
)
TURNS_PROCESSED = Metric(
    name="memory.turns.processed",
    kind="counter",
    unit="{turn}",
    meaning="Turns in committed chunks, by `outcome`",
    attributes=("outcome",),
    status_key="turns_processed",
)
TURN_LAG = Metric(
    name="memory.turn.lag",
    kind="histogram",
    unit="s",
    meaning="From the moment Cosmos DB stored a turn to the commit of its chunk",
)
STEP_DURATION = Metric(
    name="memory.step.duration",
    kind="histogram",
    unit="s",
    meaning="How long one try of a step took; `outcome` is `done` or `failed`",
    attributes=("step", "outcome"),
)
STEP_FAILURES = Metric(
    name="memory.step.failures",
    kind="counter",
    unit="{failure}",
    meaning="Tries of a step that failed, by error code. The status counts the threads and users"
    " whose last try failed",
    attributes=("step", "code"),
    status_key="failing",
)
TOKENS = Metric(
    name="memory.tokens",
    kind="counter",
    unit="{token}",
    meaning="Tokens of the chat model, by `kind` (`prompt` or `completion`)",
    attributes=("kind", "step"),
)
FACTS_DROPPED = Metric(
    name="memory.facts.dropped",
    kind="counter",
    unit="{fact}",
    meaning="Facts of the model that were not admitted; the ledger's `objections` say why",
)
FEED_LAG = Metric(
    name="memory.feed.lag",
    kind="gauge",
    unit="s",
    meaning="How long the oldest turn has waited to be counted; 0 if none waits",
    status_key="feed_lag_seconds",
)
TURNS_PENDING = Metric(
    name="memory.turns.pending",
    kind="gauge",
    unit="{turn}",
    meaning="Turns that are counted and in no committed chunk",
    status_key="pending",
)
OLDEST_PENDING = Metric(
    name="memory.oldest_pending",
    kind="gauge",
    unit="s",
    meaning="Age of the oldest turn that is counted and was never processed; 0 if there is none",
    status_key="oldest_pending_seconds",
)
DEAD_LETTERS = Metric(
    name="memory.dead_letters",
    kind="gauge",
    unit="{turn}",
    meaning="Turns that are not processed until somebody acts",
    status_key="dead_letters",
)
THREADS_BUSY = Metric(
    name="memory.threads.busy",
    kind="gauge",
    unit="{thread}",
    meaning="Threads that are being worked on, or wait for a flush that was asked for",
    status_key="work.threads",
)

METRICS = (
    TURNS_COUNTED,
    TURNS_PROCESSED,
    TURN_LAG,
    STEP_DURATION,
    STEP_FAILURES,
    TOKENS,
    FACTS_DROPPED,
    FEED_LAG,
    TURNS_PENDING,
    OLDEST_PENDING,
    DEAD_LETTERS,
    THREADS_BUSY,
)
"""All of them, in the order in which they are documented."""


def render_table() -> str:
    """The metrics as a Markdown table."""
    rows = ["| metric | kind | unit | attributes | in the status | meaning |"]
    rows.append("| --- | --- | --- | --- | --- | --- |")
    for metric in METRICS:
        attributes = ", ".join(f"`{name}`" for name in metric.attributes)
        status = f"`{metric.status_key}`" if metric.status_key else ""
        cells = (f"`{metric.name}`", metric.kind, metric.unit, attributes, status, metric.meaning)
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"
