"""The profile step: fold changed memories into the profile so far, into the journal."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from shared.domain.identifiers import (
    COUNTERS_THREAD,
    profile_answer_id,
    user_summary_id,
)
from shared.domain.messages import ProfileJob, StepResult
from shared.domain.summaries import unite_thread_ids
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ThreadKey
from shared.domain.user_state import CLOCKS_DIFFER_BY, PROFILE, Folded, UserState, fold_versions
from shared.ports import Clock, Journal, SummaryStore, UserLog
from shared.prompts.update_profile import UPDATE_PROFILE
from shared.services.ask_profile import AskProfile, News
from shared.services.read_answers import find_earlier
from shared.services.read_changes import Changes, ReadChanges

_log = logging.getLogger("agent_memory.profiles")
_FACTS_ANEW = 450
_PROCEDURES_ANEW = 50
_EPISODES_ANEW = 50
_SUMMARIES_ANEW = 50
_MOST_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class WriteProfile:
    """Asks the model for the new profile, and stores its answer before any effect."""

    users: UserLog
    read_changes: ReadChanges
    summaries: SummaryStore
    journal: Journal
    ask: AskProfile
    clock: Clock

    async def run(self, job: ProfileJob) -> StepResult:
        """Journal the profile with every memory changed since the last run; how many those are.

        Where nothing has changed no model is asked, and the answer holds no profile. A profile that
        is to forget, or that the model refuses to be shown, is written anew: from the newest
        memories only, so that its cost has a bound.
        """
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        name = profile_answer_id(job.run)
        stored = await find_earlier(self.journal, job, key, name)
        if stored is not None:
            return StepResult(count=int(stored["changed"]))
        loaded = await self.users.load(job.user_id, of_claim=job.claim_key)
        state = loaded.value if loaded else UserState(user_id=job.user_id)
        rebuilds = state.claim is not None and state.claim.rebuild
        empty = UserState(user_id=job.user_id)
        answer = await self._write(job, empty if rebuilds else state, rebuilds=rebuilds)
        if answer["begun_anew"] and not rebuilds:
            _log.warning("a profile is written anew: the one before is refused")
            spent = int(answer["tokens"])
            answer = await self._write(job, empty, rebuilds=True)
            answer["tokens"] += spent
        stored = await self.journal.create(key, job.claim_key, name, answer)
        return StepResult(count=int(stored["changed"]))

    async def _write(self, job: ProfileJob, state: UserState, *, rebuilds: bool) -> dict[str, Any]:
        """The answer with what has changed since the state."""
        known = set(state.folded)
        since = state.memories_since - CLOCKS_DIFFER_BY
        changes = await self.read_changes.run(job.user_id, since, known)
        since = state.summaries_since - CLOCKS_DIFFER_BY
        prior, rows = await self.summaries.profile_and_changed_threads(
            job.user_id, user_summary_id(job.user_id), since, known
        )
        memories_since, near_memories = fold_versions(state.memories_since, changes.rows)
        summaries_since, near_summaries = fold_versions(state.summaries_since, rows)
        folded = Folded(
            memories_since=memories_since,
            summaries_since=summaries_since,
            folded=[*near_memories, *near_summaries],
        )
        threads = [row for row in rows if row.get("content")]
        if rebuilds:
            changes, threads = _keep_newest(changes, threads)
        return await self._fold(job, prior or {}, changes, threads, folded, rebuilds=rebuilds)

    async def _fold(
        self,
        job: ProfileJob,
        prior: Mapping[str, Any],
        changes: Changes,
        threads: Sequence[dict[str, Any]],
        folded: Folded,
        *,
        rebuilds: bool,
    ) -> dict[str, Any]:
        metadata: dict[str, Any] = {} if rebuilds else prior.get("metadata") or {}
        before = metadata.get("structured_summary")
        changed = len(changes.active) + len(changes.retracted) + len(threads)
        news = _list_news(changes, threads)
        folding = await self.ask.run(before, news, settles=job.settles(PROFILE))
        if folding.refused:
            _log.warning("%d changes are left out of a profile: refused", len(folding.refused))
        talks = (*changes.facts, *changes.episodes, *threads)  # procedures are of no thread
        sources = {str(item["thread_id"]) for item in talks}
        thread_ids = unite_thread_ids(metadata.get("thread_ids") or [], sources)
        now = from_epoch(self.clock.now())
        return {
            "profile": folding.profile if changed else None,
            "before": before,
            "versions": [] if rebuilds else prior.get("versions") or [],
            "changed": changed,
            "folded": folded.model_dump(mode="json"),
            "run": job.run,
            "rebuilt": rebuilds,
            "begun_anew": folding.begun_anew,
            "replaces": prior.get("_etag"),
            "thread_ids": thread_ids,
            "source_thread_count": max(
                int(metadata.get("source_thread_count") or 0), len(thread_ids)
            ),
            "source_memory_count": int(metadata.get("source_memory_count") or 0)
            + len(changes.active),
            "incremental": before is not None,
            "created_at": prior.get("created_at") or now,
            "updated_at": now,
            "prompt_id": UPDATE_PROFILE.name,
            "prompt_version": UPDATE_PROFILE.version,
            "tokens": folding.tokens,
            "refused": len(folding.refused),
        }


def _list_news(changes: Changes, threads: Sequence[dict[str, Any]]) -> Iterator[News]:
    """What has changed, as the profile prompt shows it; what holds no more comes first."""
    for text in changes.retracted:
        yield News("retracted", text[:_MOST_CHARACTERS])
    for fact in changes.facts:
        shown = {
            "text": fact["content"],
            "category": fact.get("category"),
            "source": "agent" if fact.get("source") == "agent" else "user",
            "at": _said_at(fact),
        }
        yield News("facts", shown)
    for rule in changes.procedures:
        yield News("procedures", {"name": rule.get("name"), "text": rule["content"]})
    for episode in changes.episodes:
        outcome = episode.get("outcome")
        status = (
            cast("dict[str, Any]", outcome).get("status") if isinstance(outcome, dict) else None
        )
        shown = {
            "title": episode.get("title"),
            "text": str(episode["content"])[:_MOST_CHARACTERS],
            "outcome": status,
            "at": episode.get("created_at"),
        }
        yield News("episodes", shown)
    for number, thread in enumerate(threads, 1):
        yield News("summaries", {"thread": f"s{number}", "overview": thread["content"]})


def _keep_newest(
    changes: Changes, threads: Sequence[dict[str, Any]]
) -> tuple[Changes, list[dict[str, Any]]]:
    """The newest active memories and summaries, oldest first; nothing that was retracted."""
    newest = sorted(threads, key=lambda row: int(row["_ts"]))[-_SUMMARIES_ANEW:]
    kept = Changes(
        facts=_by_time(changes.facts)[-_FACTS_ANEW:],
        procedures=_by_time(changes.procedures)[-_PROCEDURES_ANEW:],
        episodes=_by_time(changes.episodes)[-_EPISODES_ANEW:],
        retracted=[],
        rows=changes.rows,
    )
    return kept, newest


def _by_time(memories: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(memories, key=lambda memory: str(_said_at(memory) or ""))


def _said_at(memory: Mapping[str, Any]) -> str | None:
    return memory.get("last_said_at") or memory.get("created_at")
