"""The app's settings, and how the host replaces %NAME% by them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

_SETTING_REFERENCE = re.compile(r"%([^%]+)%")


class BadSettingsError(Exception):
    """A file or a setting of the host cannot be used; the message says which and why."""


class UnsetSettingsError(Exception):
    """Settings that a binding refers to as %NAME% are not set."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class AppSettings:
    """Looks settings up as the host does; names compare exactly, as on Linux."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str | None:
        """Read one setting; an empty one counts as not set."""
        return self._values.get(name) or None

    def require(self, name: str) -> str:
        """Read one setting.

        Raises:
            KeyError: it is not set.
        """
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def with_prefix(self, prefix: str) -> dict[str, str]:
        """Read the settings whose names begin so, without that beginning."""
        return {
            name.removeprefix(prefix): value
            for name, value in self._values.items()
            if name.startswith(prefix)
        }

    def expand(self, text: str) -> str:
        """Replace each %NAME% by the setting of that name.

        Raises:
            KeyError: a setting is not set.
        """
        return _SETTING_REFERENCE.sub(lambda match: self.require(match[1]), text)

    def expand_binding(self, binding: Mapping[str, Any]) -> dict[str, Any]:
        """Expand every string of a binding, at its first level: bindings are flat.

        Raises:
            UnsetSettingsError: settings are not set; it names all of them.
        """
        texts = [value for value in binding.values() if isinstance(value, str)]
        names = {name for text in texts for name in _SETTING_REFERENCE.findall(text)}
        missing = sorted(name for name in names if self.get(name) is None)
        if missing:
            raise UnsetSettingsError(missing)
        return {
            key: self.expand(value) if isinstance(value, str) else value
            for key, value in binding.items()
        }


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON file whose outermost value is an object.

    Raises:
        BadSettingsError: it is not JSON, or not an object.
    """
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except json.JSONDecodeError as fault:
        raise BadSettingsError(
            f"{path.name}: not JSON, line {fault.lineno} column {fault.colno}: {fault.msg}."
        ) from fault
    except (UnicodeDecodeError, RecursionError) as fault:
        raise BadSettingsError(f"{path.name}: not JSON in UTF-8: {fault}.") from fault
    if not isinstance(content, dict):
        raise BadSettingsError(f"{path.name}: the outermost value is not an object.")
    return cast("dict[str, Any]", content)
