"""Lists that grow with every update and stay short: repeats folded, the outdated dropped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from local.model.answers.verdicts import StatementsInForce, normalise_text
from local.model.language.labels import label_statement


@dataclass
class StatementList:
    """Statements in order of arrival; a later one takes the place of what it contradicts."""

    _texts: dict[str, str] = field(default_factory=dict[str, str])
    _in_force: StatementsInForce = field(default_factory=StatementsInForce)

    def add(self, text: str) -> None:
        """Take in a statement."""
        label = str(len(self._texts))
        verdict = self._in_force.judge(label, text)
        if verdict.duplicate_of is not None:
            return
        self._texts[label] = text
        for replaced in verdict.supersedes:
            self._texts[replaced] = ""

    def texts(self) -> list[str]:
        """The statements that still hold."""
        return [text for text in self._texts.values() if text]


def pick_weightiest(texts: Sequence[str], most: int) -> list[str]:
    """The statements of greatest salience, of equal ones the latest, in their order."""
    ranked = sorted(range(len(texts)), key=lambda index: (-weigh(texts[index]), -index))
    return [texts[index] for index in sorted(ranked[:most])]


def weigh(text: str) -> float:
    """The salience of a third-person statement."""
    return label_statement(text, "").salience


def fold_repeats(texts: Iterable[str], most: int) -> list[str]:
    """The texts without repeats; when there are too many, the latest."""
    folded = {normalise_text(text): text for text in texts}
    return list(folded.values())[-most:]
