"""Which earlier statement a new one repeats, and which it takes the place of."""

import re
from dataclasses import dataclass, field

from local.model.language.slots import SlotValue, read_slot

_NOT_WORD = re.compile(r"[^\w']+")


@dataclass(frozen=True)
class Verdict:
    """What a new statement means for the earlier ones, by their labels."""

    duplicate_of: str | None
    supersedes: tuple[str, ...]


@dataclass
class _Matter:
    """The statements in force on one single-valued matter: label to value."""

    holders: dict[str, str] = field(default_factory=dict[str, str])


class StatementsInForce:
    """The statements that are in force, known ones first, then new ones in their order."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._matters: dict[tuple[str, str], _Matter] = {}

    def add_known(self, label: str, text: str) -> None:
        """Take in a statement from before this request, as it stands."""
        self._labels.setdefault(normalise_text(text), label)
        if slot := read_slot(text):
            self._matter(slot).holders[label] = slot.value

    def judge(self, label: str, text: str) -> Verdict:
        """Judge a new statement and take it in."""
        key = normalise_text(text)
        if earlier := self._labels.get(key):
            return Verdict(earlier, ())
        replaced = self._replace(label, text)
        self._labels = {
            text_key: holder for text_key, holder in self._labels.items() if holder not in replaced
        }
        self._labels[key] = label
        return Verdict(None, replaced)

    def _replace(self, label: str, text: str) -> tuple[str, ...]:
        slot = read_slot(text)
        if slot is None:
            return ()
        holders = self._matter(slot).holders
        replaced = tuple(holder for holder, value in holders.items() if value != slot.value)
        for holder in replaced:
            del holders[holder]
        holders[label] = slot.value
        return replaced

    def _matter(self, slot: SlotValue) -> _Matter:
        return self._matters.setdefault((slot.subject, slot.slot), _Matter())


def normalise_text(text: str) -> str:
    """A text as it is compared: words only, in lower case."""
    return _NOT_WORD.sub(" ", text.lower()).strip()
