"""The second half of the episode step: journalled episodes with their vectors, as documents."""

from dataclasses import dataclass

from shared.domain.episodes import GroundedEpisode, build_episode_document
from shared.domain.identifiers import segment_answer_id
from shared.domain.messages import EpisodesJob, StepResult
from shared.domain.timestamps import from_epoch
from shared.ports import Clock, Embedder, EpisodeStore, Journal
from shared.services.embedding import embed_each
from shared.services.read_answers import load_answer


@dataclass(frozen=True, slots=True)
class PersistEpisodes:
    """Writes episodes; every write is a no-op the second time."""

    journal: Journal
    episodes: EpisodeStore
    embedder: Embedder
    clock: Clock

    async def run(self, job: EpisodesJob) -> StepResult:
        """Write the episodes of the job's segments; how many they are."""
        count = 0
        for span in job.segments:
            answer = await load_answer(
                self.journal, job.key, job.claim_key, segment_answer_id(span.name)
            )
            episodes = [GroundedEpisode.model_validate(item) for item in answer["episodes"]]
            prompt = (str(answer["prompt_id"]), str(answer["prompt_version"]))
            if episodes:
                vectors = await embed_each(self.embedder, [episode.summary for episode in episodes])
                documents = [
                    build_episode_document(episode, job.key, vector, prompt)
                    for episode, vector in zip(episodes, vectors, strict=True)
                ]
                await self.episodes.create(job.key, documents)
            last_at, last_turn = answer["cursor"]
            if last_at:
                now = from_epoch(self.clock.now())
                await self.episodes.move_cursor(job.key, last_at, last_turn, now)
            count += len(episodes)
        return StepResult(count=count)
