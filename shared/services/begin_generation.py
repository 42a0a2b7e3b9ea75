"""Asking for a thread's memories to be derived anew."""

from dataclasses import dataclass

from shared.domain.reopening import begin_generation
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from shared.ports import ThreadLog
from shared.services.conflicts import retry_conflicts


@dataclass(frozen=True, slots=True)
class BeginGeneration:
    """Writes into a thread's state that it owes a generation; its orchestration does the rest."""

    threads: ThreadLog

    async def run(self, key: ThreadKey, generation: int, since: int) -> ThreadState:
        """The state after it; one that has the generation already, or no state, stays as it is."""
        return await retry_conflicts(
            "a thread's state", lambda _: self._try(key, generation, since)
        )

    async def _try(self, key: ThreadKey, generation: int, since: int) -> ThreadState:
        stored = await self.threads.load(key, fresh=True)
        if stored is None:
            return ThreadState(user_id=key.user_id, thread_id=key.thread_id)
        begun = begin_generation(stored.value, generation, since)
        if begun == stored.value:
            return begun
        return (await self.threads.save(begun, stored.etag)).value
