"""Whether a user may spend more tokens today, asked before a thread's work is claimed."""

from dataclasses import dataclass

from shared.domain.token_budget import begin_day, put_off_until
from shared.ports import Clock, UserLog


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """The daily budget of every user; without one nothing is read."""

    users: UserLog
    clock: Clock
    daily_tokens: int

    async def put_off_until(self, user_id: str) -> float:
        """When the user's work may go on (Unix seconds); 0 for now. Begins the user's day.

        Raises ConflictError where the user's state is written by others at the same time.
        """
        stored = await self.users.load(user_id) if self.daily_tokens else None
        if stored is None:
            return 0.0
        now = self.clock.now()
        begun = begin_day(stored.value, now)
        if begun != stored.value:
            await self.users.save(begun, stored.etag)
        return put_off_until(begun, self.daily_tokens, now)
