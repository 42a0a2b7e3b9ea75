"""The summary step: fold the turns of some chunks into the summary so far, into the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.domain.claims import MAX_SUMMARY_TURNS
from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.domain.identifiers import answer_id, thread_summary_id
from shared.domain.messages import StepJob, StepResult
from shared.domain.summary_editions import edition_of
from shared.domain.thread_state import SUMMARIZE
from shared.domain.timestamps import from_epoch
from shared.domain.turns import Frozen, Turn
from shared.ports import ChatModel, Clock, Journal, SummaryStore, ThreadLog, TurnReader
from shared.prompts.summarize_thread import SUMMARIZE_THREAD
from shared.services.metering import MeteredChatModel
from shared.services.transcript import may_be_shown, show_turns


class ActionItem(Frozen):
    """Something that somebody is to do."""

    owner: str | None
    task: str
    deadline: str | None


class StructuredSummary(Frozen):
    """The model's answer to the summary prompt."""

    overview: str
    key_points: list[str]
    decisions: list[str]
    open_issues: list[str]
    topics: list[str]
    action_items: list[ActionItem]


_SUMMARY = TypeAdapter(StructuredSummary)


@dataclass(frozen=True, slots=True)
class WriteSummary:
    """Asks the model once for the new summary, and stores its answer before any effect."""

    threads: ThreadLog
    turns: TurnReader
    journal: Journal
    summaries: SummaryStore
    model: ChatModel
    clock: Clock
    metadata_keys: Sequence[str]

    async def run(self, job: StepJob) -> StepResult:
        """Journal the summary up to chunk `summarize_to`; the number of turns it newly covers.

        Covered are all turns of the chunks, those included that no longer exist. Where there is
        nothing to fold, or the model refuses every turn, the answer holds no summary.
        """
        name = answer_id(job.summarize_to, SUMMARIZE)
        if job.adopted or job.attempt:
            stored = await self.journal.load(job.key, job.claim_key, name)
            if stored is not None:
                return StepResult(count=int(stored["folded"]))
        turn_ids: list[str] = []
        for chunk in range(job.summarize_from, job.summarize_to + 1):
            turn_ids += await self.threads.chunk_turns(job.key, chunk)
        # Turns that were opened again stand in two chunks.
        there = await self.turns.read(job.key, list(dict.fromkeys(turn_ids)))
        turns = [turn for turn in there if may_be_shown(turn)]
        answer = await self._fold(job, turns, len(turn_ids))
        stored = await self.journal.create(job.key, job.claim_key, name, answer)
        return StepResult(count=int(stored["folded"]))

    async def _fold(self, job: StepJob, turns: Sequence[Turn], folded: int) -> dict[str, Any]:
        document_id = thread_summary_id(job.user_id, job.thread_id)
        prior = await self.summaries.load(job.key, document_id) or {}
        metadata: dict[str, Any] = prior.get("metadata") or {}
        anew = job.rebuild or edition_of(metadata) != job.summary_edition
        before = None if anew else metadata.get("structured_summary")
        model = MeteredChatModel(self.model)
        summary = before
        for part in batched(turns, MAX_SUMMARY_TURNS, strict=False):
            summary = await self._ask(model, summary, part)
        known = {} if anew else metadata
        first_chunk = (known.get("chunks") or [job.summarize_from])[0]
        moments = [turn.created_at for turn in turns]
        updated = max([*moments, str(prior.get("updated_at") or "")], default="")
        updated = updated or from_epoch(self.clock.now())
        return {
            "summary": summary,
            "folded": folded,
            "source_count": int(known.get("source_count") or 0) + len(turns),
            "incremental": before is not None,
            "replaces": prior.get("_etag"),
            "edition": job.summary_edition,
            "chunks": [first_chunk, job.summarize_to],
            "created_at": prior.get("created_at") or updated,
            "updated_at": updated,
            "prompt_id": SUMMARIZE_THREAD.name,
            "prompt_version": SUMMARIZE_THREAD.version,
            "tokens": model.tokens,
        }

    async def _ask(
        self, model: ChatModel, previous: dict[str, Any] | None, turns: Sequence[Turn]
    ) -> dict[str, Any] | None:
        """The summary with the turns folded in; halved where refused, refused turns left out."""
        payload = {"previous": previous, "turns": show_turns(turns, self.metadata_keys)}
        try:
            answer = await model.complete(SUMMARIZE_THREAD, payload)
        except ModelRefusedError:
            if len(turns) == 1:
                return previous
            middle = len(turns) // 2
            previous = await self._ask(model, previous, turns[:middle])
            return await self._ask(model, previous, turns[middle:])
        try:
            return _SUMMARY.validate_python(answer.data).model_dump(mode="json")
        except ValidationError:
            raise InvalidAnswerError(SUMMARIZE_THREAD.name, "it breaks the schema") from None
