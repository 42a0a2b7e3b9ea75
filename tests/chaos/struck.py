"""Which faults have come to pass: orders that never strike anything prove nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_ENDS_ITSELF = "Rehearsal: this process ends itself"
_DROPS = "Rehearsal: a batch of"


def count_strikes(server: str, rules: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How many calls the rules of a server's /_faults have struck, by the fault's status or kind.

    An order without end is latency and no fault.
    """
    struck: Counter[str] = Counter()
    for rule in rules:
        if rule.get("count", 1) is not None:
            struck[f"{server} {rule.get('status') or rule['kind']}"] += rule["fired"]
    return +struck


def name_end(log: str, signalled: str) -> str:
    """What a host died of, by what it has logged and by the signal that it was sent, if any."""
    if signalled:
        return signalled
    return "crash at a point" if _ENDS_ITSELF in log else "crash at a call"


def count_drops(folder: Path) -> int:
    """How many batches the hosts that log to this folder have dropped."""
    logs = (path.read_text(errors="replace") for path in folder.glob("host-*.log"))
    return sum(log.count(_DROPS) for log in logs)
