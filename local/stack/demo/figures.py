"""The figures of a demo run: what `--json` prints and what decides the exit status."""

from dataclasses import asdict, dataclass

from local.stack.demo.observer import (
    AppStatus,
    Memories,
    ModelStats,
    is_active,
    is_candidate,
)


@dataclass(frozen=True)
class Figures:
    """Counted by looking at the store and the servers after the work was done; seconds of all.

    What was superseded is counted for facts only, apart; candidates are among the procedures.
    """

    turns_written: int
    turns_counted: int
    turns_processed: int
    pending: int
    dead_letters: int
    threads: int
    facts: int
    superseded_facts: int
    episodes: int
    procedures: int
    rule_candidates: int
    thread_summaries: int
    user_summaries: int
    chat_calls: int
    prompt_chars: int
    embedding_calls: int
    cosmos_requests: int
    seconds: float

    def as_json_object(self) -> dict[str, int | float]:
        """The object of `--json`: integers, but for the seconds."""
        return asdict(self)

    def complaint(self) -> str | None:
        """What went wrong, if the run did not do what it promises."""
        if self.turns_written != self.turns_counted:
            return f"{self.turns_written} turns were written and {self.turns_counted} counted"
        if self.pending:
            return f"{self.pending} turns are still pending"
        if self.dead_letters:
            return f"{self.dead_letters} turns could not be processed and are in the dead letters"
        return None


def count_figures(
    *,
    written: int,
    memories: Memories,
    status: AppStatus,
    model: ModelStats,
    cosmos_requests: int,
    seconds: float,
) -> Figures:
    """Put together what was seen of a finished run."""
    return Figures(
        turns_written=written,
        turns_counted=sum(int(counter["count"]) for counter in memories.counters),
        turns_processed=status.processed,
        pending=status.pending,
        dead_letters=status.dead_letters,
        threads=len({(counter["user_id"], counter["thread_id"]) for counter in memories.counters}),
        facts=sum(map(is_active, memories.facts)),
        superseded_facts=sum(not is_active(fact) for fact in memories.facts),
        episodes=sum(map(is_active, memories.episodes)),
        procedures=sum(map(is_active, memories.procedures)),
        rule_candidates=sum(map(is_candidate, memories.procedures)),
        thread_summaries=sum(map(is_active, memories.thread_summaries)),
        user_summaries=sum(map(is_active, memories.user_summaries)),
        chat_calls=model.chat_calls,
        prompt_chars=model.prompt_chars,
        embedding_calls=model.embedding_calls,
        cosmos_requests=cosmos_requests,
        seconds=round(seconds, 3),
    )
