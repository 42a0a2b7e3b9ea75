"""How long the turns container keeps a turn that does not say so itself, asked for seldom."""

import asyncio
import logging

from shared.domain.errors import TransientError
from shared.domain.turns import FOR_EVER
from shared.ports import Clock, TurnInventory

_SECONDS_KEPT = 3600.0
_SECONDS_BEFORE_ASKING_AGAIN = 60.0
_log = logging.getLogger("agent_memory.container_lifetime")


class ContainerLifetime:
    """Remembers the container's default time to live for an hour."""

    def __init__(self, inventory: TurnInventory, clock: Clock) -> None:
        self._inventory = inventory
        self._clock = clock
        self._one_asks = asyncio.Lock()
        self._default_ttl: int | None = FOR_EVER
        self._ask_at = float("-inf")

    async def default_ttl(self) -> int | None:
        """In seconds, FOR_EVER, or None where the container removes nothing, whatever a turn says.

        Where it cannot be read the last answer stands; without one it is FOR_EVER, since what is
        remembered of a turn may outlive it by any time, but must not be forgotten before it.
        """
        async with self._one_asks:
            now = self._clock.now()
            if now >= self._ask_at:
                try:
                    self._default_ttl = (await self._inventory.describe()).default_ttl
                    self._ask_at = now + _SECONDS_KEPT
                except TransientError as error:
                    _log.warning("the turns container's lifetime was not read (%s)", error.code)
                    self._ask_at = now + _SECONDS_BEFORE_ASKING_AGAIN
            return self._default_ttl
