"""What an operator does with dead letters: look at them, ask for another try, drop them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import batched

from shared.domain.dead_letters import DeadLetter, Selection, reopen_letters
from shared.domain.turns import ThreadKey
from shared.ports import DeadLetterBox, ThreadLog, TurnInventory
from shared.services.conflicts import retry_conflicts
from shared.services.count_turns import CountTurns

_PAGE = 200
_LETTERS_AT_ONCE = 40


@dataclass(slots=True)
class RetryReport:
    """Turns that are open again, the threads to start, and letters that no try can help.

    `still_failing` are letters of turns that could not be counted this time either.
    """

    retried: int = 0
    not_retryable: int = 0
    still_failing: int = 0
    threads: list[ThreadKey] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The use cases of dead letters."""

    box: DeadLetterBox
    threads: ThreadLog
    inventory: TurnInventory
    count_turns: CountTurns

    async def list_page(
        self, selection: Selection, after: str = "", limit: int = _PAGE
    ) -> list[DeadLetter]:
        """Letters by id, those that come after one; fewer than the limit end the list."""
        return await self.box.find(selection.user_id, selection.ids, after, limit)

    async def retry(self, selection: Selection) -> RetryReport:
        """Open the turns again: the next chunks of their threads take them, at once.

        Those that were not counted are counted now, if that succeeds. A turn with unusable ids, or
        whose mark has expired, cannot be tried again.
        """
        report = RetryReport()
        alike: dict[tuple[str, str, bool], list[DeadLetter]] = defaultdict(list)
        for letter in await self._select(selection):
            if letter.can_be_retried:
                alike[letter.user_id, letter.thread_id, letter.was_counted].append(letter)
            else:
                report.not_retryable += 1
        for letters in alike.values():
            retry = self._reopen if letters[0].was_counted else self._count
            for part in batched(letters, _LETTERS_AT_ONCE, strict=False):
                await retry(part, report)
        return report

    async def _count(self, letters: Sequence[DeadLetter], report: RetryReport) -> None:
        """Count the turns, and remove the letters of those that are counted, or gone."""
        key = letters[0].key
        turns = await self.inventory.arrivals(key, [letter.turn_id for letter in letters])
        counted = await self.count_turns.run(turns, skip_recent=True)
        if counted.uncounted:
            report.still_failing += len(letters)
            return
        for letter in letters:
            await self.box.drop(letter)
        report.retried += len(turns)
        report.not_retryable += len(letters) - len(turns)
        report.threads += [due for due in counted.due if due not in report.threads]

    async def _reopen(self, letters: Sequence[DeadLetter], report: RetryReport) -> None:
        key = letters[0].key
        opened, unknown = await retry_conflicts(
            "a thread's state", lambda _: self._try_reopen(key, letters)
        )
        report.retried += opened
        report.not_retryable += unknown
        if opened and key not in report.threads:
            report.threads.append(key)

    async def _try_reopen(self, key: ThreadKey, letters: Sequence[DeadLetter]) -> tuple[int, int]:
        """How many turns are open again, and how many marks have expired.

        Each try looks at the letters anew, after the state: what somebody else has retried or
        dropped since they were listed is neither.
        """
        stored = await self.threads.load(key, fresh=True)
        known, unknown = await self.box.still_there(key, letters)
        if stored is None or not known:
            return 0, len(known) + len(unknown)
        await self.box.reopen(reopen_letters(stored.value, known), stored.etag, known)
        return len(known), len(unknown)

    async def drop(self, selection: Selection) -> int:
        """Remove letters; the ledger still says that their turns were not processed."""
        letters = await self._select(selection)
        for letter in letters:
            await self.box.drop(letter)
        return len(letters)

    async def _select(self, selection: Selection) -> list[DeadLetter]:
        found: list[DeadLetter] = []
        while page := await self.list_page(selection, found[-1].id if found else ""):
            found += page
            if len(page) < _PAGE:
                break
        return found
