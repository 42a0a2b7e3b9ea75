"""The last step of a generation: memories that it did not derive again end."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched

from shared.domain.identifiers import chunk_id
from shared.domain.messages import RetireResult, ThreadJob
from shared.domain.reprocess import Reprocess
from shared.domain.retirement import CitingMemory, find_left_behind
from shared.domain.thread_state import RETIRE, Cadence
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ThreadKey
from shared.ports import CitingMemories, Clock, GenerationLog, ThreadLog, UserLog
from shared.services.conflicts import retry_conflicts

_MEMORIES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class RetireMemories:
    """Ends what rests on turns of the generation alone and was not derived again.

    The state says that this is owed until it is done; doing it twice changes nothing. A memory
    that changes at the same time is left to another try.
    """

    threads: ThreadLog
    users: UserLog
    log: GenerationLog
    memories: CitingMemories
    clock: Clock
    cadence: Cadence

    async def run(self, job: ThreadJob) -> RetireResult:
        """Retire and revive; how many. Nothing if the thread owes nothing (any more)."""
        stored = await self.threads.load(job.key, fresh=True)
        reprocess = stored.value.reprocess if stored else None
        if stored is None or reprocess is None or reprocess.reopening or reprocess.open:
            return RetireResult()
        by = chunk_id(stored.value.chunks)
        retired = revived = 0
        async for page in self.log.earlier_memories(job.key, reprocess.generation):
            for ids in batched(page, _MEMORIES_AT_ONCE, strict=False):
                memories = await self.memories.load(job.user_id, ids)
                left = await self._find_left_behind(job.user_id, memories, reprocess)
                for memory in left:
                    if memory.is_active:
                        at = from_epoch(self.clock.now())
                        await self.memories.retire(job.user_id, memory, by, at)
                        retired += 1
                revived += await self._revive_ended(job.user_id, left, reprocess)
        if self.cadence.has_user_steps:
            await self.users.request_refresh(job.user_id, changed=True)
        await retry_conflicts("a thread's state", lambda _: self._finish(job.key, reprocess))
        profile_due = self.cadence.has_user_steps
        return RetireResult(retired=retired, revived=revived, profile_due=profile_due)

    async def _find_left_behind(
        self, user_id: str, memories: Sequence[CitingMemory], reprocess: Reprocess
    ) -> list[CitingMemory]:
        if not memories:
            return []
        turn_ids = {turn_id for memory in memories for turn_id in memory.source_turn_ids}
        marks = await self.log.marks(user_id, sorted(turn_ids))
        ids = [memory.id for memory in memories]
        derived = await self.log.derived(user_id, reprocess.generation, ids)
        return find_left_behind(memories, marks, derived, reprocess.generation)

    async def _revive_ended(
        self, user_id: str, left: Sequence[CitingMemory], reprocess: Reprocess
    ) -> int:
        """Make active again what only memories had ended that are left behind themselves.

        Where something else is known from the turns of the one that ended it, that has taken its
        place: it may say the same in other words, and the older memory stays ended.
        """
        revived = 0
        seen: set[str] = set()
        frontier = [memory for memory in left if memory.is_active or memory.is_retired]
        while frontier:
            by_id = {memory.id: memory for memory in frontier if memory.id not in seen}
            seen |= by_id.keys()
            ended = await self.memories.ended_by(user_id, sorted(by_id))
            frontier = await self._find_left_behind(user_id, ended, reprocess)
            stale = {memory.id for memory in frontier}
            for memory in ended:
                if memory.id in stale or memory.is_retired:
                    continue
                ender = by_id[memory.superseded_by or ""]
                others = await self.memories.citing(user_id, ender.source_turn_ids)
                alike = {other.id for other in others if other.type == memory.type}
                if not alike - {memory.id, ender.id}:
                    await self.memories.revive(user_id, memory)
                    revived += 1
        return revived

    async def _finish(self, key: ThreadKey, reprocess: Reprocess) -> bool:
        """Note that nothing is owed any more, unless a later generation has begun meanwhile."""
        stored = await self.threads.load(key, fresh=True)
        if stored is None or stored.value.reprocess != reprocess:
            return True
        retry = {step: left for step, left in stored.value.retry.items() if step != RETIRE}
        ended = stored.value.model_copy(update={"reprocess": None, "retry": retry})
        await self.threads.save(ended, stored.etag)
        return True
