"""From which level on each category is logged (`logging.logLevel` of host.json).

A category is a dotted name. The longest entry that it begins with decides, without regard to case,
and `default` where none does: the rule of .NET's logging, which the host follows.
"""

import logging
from collections.abc import Mapping
from functools import cache

from local.functions.settings import BadSettingsError

_OFF = logging.CRITICAL + 1

_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": _OFF,
}

RESULTS_CATEGORY = "Host.Results"
"""One line for each invocation that ended. On Azure these are telemetry and not in the console;
here they are written when host.json names this category."""


class CategoryLevels:
    """The level from which a category is logged.

    Raises:
        BadSettingsError: a level has a name that the host does not know.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._levels = {
            category.lower(): _parse(category, name) for category, name in names.items()
        }
        self._default = self._levels.pop("default", logging.INFO)
        self._levels.setdefault(RESULTS_CATEGORY.lower(), _OFF)
        self.find = cache(self._find)

    @property
    def lowest(self) -> int:
        """The lowest level of any category."""
        return min(self._default, *self._levels.values())

    def names(self, category: str) -> bool:
        """Say whether a category has an entry of its own."""
        return category.lower() in self._levels

    def _find(self, category: str) -> int:
        lower = category.lower()
        fitting = [prefix for prefix in self._levels if lower.startswith(prefix)]
        return self._levels[max(fitting, key=len)] if fitting else self._default


def _parse(category: str, name: str) -> int:
    try:
        return _LEVELS[name.lower()]
    except KeyError as error:
        raise BadSettingsError(
            f"host.json: the logLevel '{name}' of {category} is not one of Trace, Debug, "
            "Information, Warning, Error, Critical, None."
        ) from error
