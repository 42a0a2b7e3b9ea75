"""Things of the outside world that a fact is about, by the ids that people give them."""

import re
from collections.abc import Iterable, Sequence

from shared.domain.quotes import stands_in
from shared.domain.turns import Frozen

ENTITY_TYPES = (
    "ticket",
    "order",
    "device",
    "project",
    "account",
    "document",
    "repository",
    "other",
)
MAX_ENTITIES = 20
_MAX_ID_CHARACTERS = 100
# Names of standards and products that are written like the ticket of a tracker.
_TEXT_NO_TRACKER = """
    AES AMD ANSI API ASCII BMW CET COVID CPU DIN EN ES EST ETH FAQ FIPS GMT GPT GPU GTX HTTP
    IEC IEEE ISBN ISO LLAMA MD MP NIST PC PEP PS PST RAM RFC RSA RTX SARS SHA SOC SQL TCP TLS
    UDP UN USB UTC UTF VGA WW XXL
"""
_NO_TRACKER = frozenset(_TEXT_NO_TRACKER.split())
_TRACKED = re.compile(r"(?<![\w-])([A-Z][A-Z0-9]{1,9})-(\d{1,7})(?![\w-])")
_SERVICE_DESK = re.compile(r"(?<!\w)(?:INC|REQ|RITM|CHG|PRB|SR|CASE)[-_ ]?\d{4,12}(?!\w)")
_NUMBERED = re.compile(
    r"(?<!\w)(?P<word>ticket|case|issue|incident|bug|pull request|pr|order|invoice|device|serial"
    r"|project|account|contract|policy|document)(?!\w)(?: (?:number|no\.?|id|nr\.?))?[ :]{0,2}"
    r"(?:#(?P<id>[\w-]{1,40})|(?P<plain>[A-Z]{0,6}[-_]?\d[\w-]{2,40}))(?!\w)",
    re.IGNORECASE,
)
_TYPE_OF_WORD = {
    "ticket": "ticket",
    "case": "ticket",
    "issue": "ticket",
    "incident": "ticket",
    "bug": "ticket",
    "pull request": "ticket",
    "pr": "ticket",
    "order": "order",
    "invoice": "document",
    "document": "document",
    "contract": "document",
    "policy": "document",
    "device": "device",
    "serial": "device",
    "project": "project",
    "account": "account",
}


class Entity(Frozen):
    """A thing's id as it was written, and what kind of thing it is."""

    type: str
    id: str


def find_entities(text: str) -> list[Entity]:
    """The ids of tickets, orders, devices ... that stand in a text, by their form."""
    found = [Entity(type="ticket", id=match[0]) for match in _SERVICE_DESK.finditer(text)]
    for match in _NUMBERED.finditer(text):
        kind = _TYPE_OF_WORD[match["word"].lower()]
        found.append(Entity(type=kind, id=match["id"] or match["plain"]))
    found += [
        Entity(type="ticket", id=match[0])
        for match in _TRACKED.finditer(text)
        if match[1] not in _NO_TRACKER
    ]
    return unite_entities(found)


def check_entities(named: Sequence[Entity], contents: Sequence[str]) -> list[Entity]:
    """Those of a model's entities whose id stands verbatim in one of the turns' contents."""
    kept: list[Entity] = []
    for entity in named:
        entity_id = " ".join(entity.id.split())[:_MAX_ID_CHARACTERS]
        if entity_id and any(stands_in(entity_id, content) for content in contents):
            kind = entity.type if entity.type in ENTITY_TYPES else "other"
            kept.append(Entity(type=kind, id=entity_id))
    return kept


def unite_entities(*groups: Iterable[Entity]) -> list[Entity]:
    """Each id once, with the type under which it came first; at most 20."""
    by_id: dict[str, Entity] = {}
    for group in groups:
        for entity in group:
            by_id.setdefault(entity.id.casefold(), entity)
    return list(by_id.values())[:MAX_ENTITIES]
