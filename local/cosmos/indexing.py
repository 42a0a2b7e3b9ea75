"""What a container's indexing policy lets queries order by.

The rules are those of "Indexing policies in Azure Cosmos DB": of an included and an excluded path
the more precise one counts; ORDER BY one property needs its path indexed; ORDER BY several needs a
composite index of exactly these paths in this sequence, with all directions as in the query or all
opposite. Filters need no index.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from local.cosmos.errors import bad_request
from local.cosmos.policies import Path
from local.cosmos.values import Document, Json

# A property and whether it is ordered from the greatest down.
type OrderedPath = tuple[Path, bool]

_PART = re.compile(r'/("(?:[^"\\]|\\.)*"|[^/]+)')
_ALWAYS_INDEXED: frozenset[Path] = frozenset({("id",), ("_ts",)})
_DIRECTIONS = {"ascending": False, "descending": True}


@dataclass(frozen=True)
class _Rule:
    """One included or excluded path; a wide one covers all that is below it too."""

    path: Path
    wide: bool
    included: bool

    def covers(self, path: Path) -> bool:
        return path[: len(self.path)] == self.path if self.wide else path == self.path

    @property
    def precision(self) -> tuple[int, bool, bool]:
        return len(self.path), not self.wide, self.included


@dataclass(frozen=True)
class IndexPolicy:
    """The part of an indexing policy that decides which queries are possible."""

    active: bool
    rules: tuple[_Rule, ...]
    composites: tuple[tuple[OrderedPath, ...], ...]

    def orders_by(self, path: Path) -> bool:
        """Whether ORDER BY this property alone is possible."""
        if not self.active:
            return False
        covering = [rule for rule in self.rules if rule.covers(path)]
        strongest = max(covering, key=lambda rule: rule.precision, default=None)
        return path in _ALWAYS_INDEXED or (strongest is not None and strongest.included)

    def orders_by_all(self, keys: Sequence[OrderedPath]) -> bool:
        """Whether ORDER BY these properties in this sequence is possible."""
        opposite = tuple((path, not descending) for path, descending in keys)
        return self.active and any(entry in (tuple(keys), opposite) for entry in self.composites)


EVERYTHING = IndexPolicy(True, (_Rule((), wide=True, included=True),), ())


def parse_index_policy(properties: Document) -> IndexPolicy:
    """The indexing policy of container properties.

    Raises:
        CosmosError: 400, a path or a composite index is malformed.
    """
    policy = properties.get("indexingPolicy")
    if not isinstance(policy, dict):
        return EVERYTHING
    included = [_parse_rule(path, included=True) for path in _paths(policy, "includedPaths")]
    excluded = [_parse_rule(path, included=False) for path in _paths(policy, "excludedPaths")]
    composites = policy.get("compositeIndexes")
    if composites is not None and not isinstance(composites, list):
        raise bad_request("'compositeIndexes' must be an array of arrays.")
    return IndexPolicy(
        active=str(policy.get("indexingMode", "consistent")).lower() != "none",
        rules=(*included, *excluded),
        composites=tuple(_parse_composite(entry) for entry in composites or ()),
    )


def _paths(policy: Document, name: str) -> Iterator[str]:
    entries = policy.get(name)
    if entries is None:
        return
    if not isinstance(entries, list):
        raise bad_request(f"'{name}' must be an array.")
    for entry in entries:
        yield _path_text(entry)


def _path_text(entry: Json) -> str:
    path = entry.get("path") if isinstance(entry, dict) else None
    if not isinstance(path, str) or not path.startswith("/"):
        raise bad_request(f"Index path {path!r} must be a text that begins with '/'.")
    return path


def _parse_rule(text: str, *, included: bool) -> _Rule:
    parts = _parts(text)
    wide = not parts or parts[-1] == "*"
    path = tuple(part.strip('"') for part in parts if part not in ("*", "?"))
    return _Rule(path, wide, included)


def _parts(text: str) -> list[str]:
    return [str(part) for part in _PART.findall(text)]


def _parse_composite(entry: Json) -> tuple[OrderedPath, ...]:
    if not isinstance(entry, list) or len(entry) < 2:
        raise bad_request("A composite index must be an array of two or more paths.")
    return tuple(_parse_ordered(part) for part in entry)


def _parse_ordered(entry: Json) -> OrderedPath:
    text = _path_text(entry)
    order = entry.get("order", "ascending") if isinstance(entry, dict) else None
    direction = _DIRECTIONS.get(str(order).lower())
    if direction is None:
        raise bad_request(f"Composite path '{text}': the order must be one of {list(_DIRECTIONS)}.")
    if "*" in text:
        raise bad_request(f"Composite path '{text}' must not have a wildcard.")
    return tuple(part.strip('"') for part in _parts(text) if part != "?"), direction
