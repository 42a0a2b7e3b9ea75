"""The profile step: fold changed memories into the profile so far, into the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.domain.identifiers import (
    COUNTERS_THREAD,
    USER_SUMMARY_THREAD,
    profile_answer_id,
    user_summary_id,
)
from shared.domain.messages import ProfileJob, StepResult
from shared.domain.timestamps import from_epoch
from shared.domain.turns import Frozen, ThreadKey
from shared.domain.user_state import CLOCKS_DIFFER_BY, Folded, UserState, fold_versions
from shared.ports import ChatModel, Clock, Journal, SummaryStore, UserLog
from shared.prompts.update_profile import UPDATE_PROFILE
from shared.services.fold_duplicates import ChangedFacts, FoldDuplicates

_FACTS_A_CALL = 150


class Profile(Frozen):
    """The model's answer to the profile prompt."""

    key_facts: list[str]
    personal_preferences: list[str]
    account_environment: list[str]
    goals_current_work: list[str]
    behavioral_patterns: list[str]
    compliance_requirements: list[str]
    open_items: list[str]
    topics: list[str]


_PROFILE = TypeAdapter(Profile)


@dataclass(frozen=True, slots=True)
class WriteProfile:
    """Asks the model for the new profile, and stores its answer before any effect."""

    users: UserLog
    fold_duplicates: FoldDuplicates
    summaries: SummaryStore
    journal: Journal
    model: ChatModel
    clock: Clock

    async def run(self, job: ProfileJob) -> StepResult:
        """Journal the profile with every memory changed since the last run; how many those are.

        Where nothing has changed no model is asked, and the answer holds no profile.
        """
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        name = profile_answer_id(job.run)
        if job.adopted or job.attempt:
            stored = await self.journal.load(key, name)
            if stored is not None:
                return StepResult(count=int(stored["changed"]))
        loaded = await self.users.load(job.user_id)
        state = loaded.value if loaded else UserState(user_id=job.user_id)
        known = set(state.folded)
        since = state.facts_since - CLOCKS_DIFFER_BY
        facts = await self.fold_duplicates.run(job.user_id, since, known)
        since = state.summaries_since - CLOCKS_DIFFER_BY
        rows = await self.summaries.threads_changed_since(job.user_id, since)
        facts_since, near_facts = fold_versions(state.facts_since, facts.rows)
        summaries_since, near_summaries = fold_versions(state.summaries_since, rows)
        folded = Folded(
            facts_since=facts_since,
            summaries_since=summaries_since,
            folded=[*near_facts, *near_summaries],
        )
        threads = [row for row in rows if row["_etag"] not in known]
        answer = await self._fold(job, facts, threads, folded)
        stored = await self.journal.create(key, job.claim_key, name, answer)
        return StepResult(count=int(stored["changed"]))

    async def _fold(
        self,
        job: ProfileJob,
        facts: ChangedFacts,
        threads: Sequence[dict[str, Any]],
        folded: Folded,
    ) -> dict[str, Any]:
        key = ThreadKey(user_id=job.user_id, thread_id=USER_SUMMARY_THREAD)
        prior = await self.summaries.load(key, user_summary_id(job.user_id)) or {}
        metadata: dict[str, Any] = prior.get("metadata") or {}
        before = metadata.get("structured_summary")
        changed = len(facts.active) + len(facts.retracted) + len(threads)
        profile = await self._ask_in_parts(before, facts, threads) if changed else None
        sources = {fact["thread_id"] for fact in facts.active} | {t["thread_id"] for t in threads}
        now = from_epoch(self.clock.now())
        return {
            "profile": profile,
            "changed": changed,
            "folded": folded.model_dump(mode="json"),
            "run": job.run,
            "replaces": prior.get("_etag"),
            "thread_ids": sorted({*(metadata.get("thread_ids") or []), *sources}),
            "source_memory_count": int(metadata.get("source_memory_count") or 0)
            + len(facts.active),
            "incremental": before is not None,
            "created_at": prior.get("created_at") or now,
            "updated_at": now,
            "prompt_id": UPDATE_PROFILE.name,
            "prompt_version": UPDATE_PROFILE.version,
        }

    async def _ask_in_parts(
        self,
        profile: dict[str, Any] | None,
        facts: ChangedFacts,
        threads: Sequence[dict[str, Any]],
    ) -> dict[str, Any] | None:
        """The profile after every fact was shown once, at most 150 a call."""
        retracted: Sequence[str] = facts.retracted
        summaries = [
            {"thread": f"s{n}", "overview": thread["content"]}
            for n, thread in enumerate(threads, 1)
        ]
        for start in range(0, max(1, len(facts.active)), _FACTS_A_CALL):
            part = facts.active[start : start + _FACTS_A_CALL]
            payload = {
                "previous": profile,
                "facts": [
                    {"text": f["content"], "category": f.get("category"), "at": f["created_at"]}
                    for f in part
                ],
                "retracted": retracted,
                "summaries": summaries,
            }
            profile = await self._ask(profile, payload)
            retracted, summaries = [], []
        return profile

    async def _ask(
        self, previous: dict[str, Any] | None, payload: dict[str, Any]
    ) -> dict[str, Any] | None:
        try:
            answer = await self.model.complete(UPDATE_PROFILE, payload)
        except ModelRefusedError:
            return previous
        try:
            return _PROFILE.validate_python(answer.data).model_dump(mode="json")
        except ValidationError:
            raise InvalidAnswerError(UPDATE_PROFILE.name, "it breaks the schema") from None
