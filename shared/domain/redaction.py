"""Taking sensitive passages out of a text: where they stand, and what is left without them."""

from collections.abc import Iterable

from shared.domain.turns import Frozen


class Finding(Frozen):
    """A sensitive passage, from the character `start` up to and without `end`."""

    kind: str
    start: int
    end: int


class Redaction(Frozen):
    """A text with a placeholder for every sensitive passage, and the kinds that were found."""

    text: str
    kinds: frozenset[str] = frozenset()


def placeholder(kind: str) -> str:
    """What stands for a passage of a kind: `[email]`, `[phone]`, ..."""
    return f"[{kind}]"


def mask_findings(text: str, findings: Iterable[Finding]) -> Redaction:
    """The text with each passage replaced.

    Passages that overlap become one, of the kind that was found first, so that no rest of either
    stays.
    """
    united: list[Finding] = []
    for finding in _in_order(findings):
        if united and finding.start < united[-1].end:
            end = max(united[-1].end, finding.end)
            united[-1] = united[-1].model_copy(update={"end": end})
        else:
            united.append(finding)
    parts: list[str] = []
    after = 0
    for finding in united:
        parts += [text[after : finding.start], placeholder(finding.kind)]
        after = finding.end
    return Redaction(
        text="".join([*parts, text[after:]]), kinds=frozenset(item.kind for item in united)
    )


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By start; where two start together the one that was found first is first."""
    return sorted(findings, key=lambda finding: finding.start)
