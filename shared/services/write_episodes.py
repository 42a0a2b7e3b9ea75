"""The first half of the episode step: the turns of ended segments in, journalled episodes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.errors import ModelRefusedError
from shared.domain.identifiers import episode_id, segment_answer_id
from shared.domain.messages import EpisodesJob, SegmentSpan, StepResult
from shared.domain.segments import split_by_drift
from shared.domain.small_talk import leave_out_trivial
from shared.domain.thread_state import EPISODES
from shared.domain.turns import ThreadKey, Turn
from shared.ports import Embedder, Journal, ThreadLog, TurnReader
from shared.prompts.extract_episodes import EXTRACT_EPISODES
from shared.services.ask_episodes import AskEpisodes, EpisodeReport
from shared.services.read_answers import find_earlier
from shared.services.transcript import may_be_shown


@dataclass(frozen=True, slots=True)
class WriteEpisodes:
    """Asks the model once about each segment, and stores its grounded answer before any effect.

    With a `topic_drift` above 0 a segment is first split where its subject changes; each part must
    hold `min_turns`.
    """

    threads: ThreadLog
    turns: TurnReader
    journal: Journal
    embedder: Embedder
    ask: AskEpisodes
    model_name: str
    topic_drift: float
    min_turns: int

    async def run(self, job: EpisodesJob) -> StepResult:
        """Journal the answer for each segment; the number of their episodes.

        The answer that is stored first stays: an earlier run's, if there was one.
        """
        count = 0
        for span in job.segments:
            name = segment_answer_id(span.name)
            stored = await find_earlier(self.journal, job, job.key, name)
            if stored is None:
                answer = await self._answer(job, span)
                stored = await self.journal.create(job.key, job.claim_key, name, answer)
            count += len(stored["episodes"])
        return StepResult(count=count)

    async def _answer(self, job: EpisodesJob, span: SegmentSpan) -> dict[str, Any]:
        key = job.key
        turn_ids = await self._members(key, span)
        turns = await self.turns.read(key, turn_ids)
        fresh = [turn for turn in turns if not turn.extracted_elsewhere]
        material = leave_out_trivial([turn for turn in fresh if may_be_shown(turn)])
        report = EpisodeReport()
        if any(turn.role in ("user", "agent") for turn in material):
            for part in await self._split(material):
                await self.ask.run(part, report, settles=job.settles(EPISODES))
        ends = (turn_ids[0], turn_ids[-1]) if turn_ids else ("", "")
        last_at = max((turn.created_at for turn in fresh), default="")
        episodes = [
            episode.model_copy(
                update={
                    "id": episode_id((key.user_id, key.thread_id), ends, episode.ordinal),
                    "created_at": last_at,
                }
            ).model_dump(mode="json")
            for episode in report.episodes
        ]
        refused = len(report.refused) == len(material) > 0
        latest = max(((turn.created_at, turn.id) for turn in fresh), default=("", ""))
        return {
            "episodes": episodes,
            "outcome": "written" if episodes else "refused" if refused else "empty",
            "turn_ids": turn_ids,
            "cursor": list(latest),
            "refused": report.refused,
            "dropped": report.dropped,
            "prompt_id": EXTRACT_EPISODES.name,
            "prompt_version": EXTRACT_EPISODES.version,
            "model": self.model_name,
            "prompt_tokens": report.prompt_tokens,
            "completion_tokens": report.completion_tokens,
        }

    async def _members(self, key: ThreadKey, span: SegmentSpan) -> list[str]:
        """The ids of the segment's turns, by the ledger."""
        records = await self.threads.chunk_records(key, span.first[0], span.last[0])
        return [
            turn_id
            for record in records
            for index, turn_id in enumerate(record.turn_ids)
            if span.first <= (record.chunk, index) <= span.last
            and record.may_be_in_segment(turn_id)
        ]

    async def _split(self, turns: Sequence[Turn]) -> list[Sequence[Turn]]:
        if not self.topic_drift:
            return [turns]
        try:
            vectors = await self.embedder.embed([turn.content for turn in turns])
        except ModelRefusedError:  # one episode of the whole is better than none
            return [turns]
        ranges = split_by_drift(vectors, self.topic_drift, self.min_turns)
        return [turns[start:end] for start, end in ranges]
