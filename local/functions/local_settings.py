"""local.settings.json: settings of the app for this machine, and how the host listens here.

The format is Core Tools' (`func start`), and so is who wins: a variable that the environment has
already stays, and the command line is stronger than the file.
"""

import json
import logging
import os
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from local.functions.settings import AppSettings, BadSettingsError, read_json_object

logger = logging.getLogger("Host.Configuration")

_FILE_NAME = "local.settings.json"


@dataclass(frozen=True)
class LocalSettings:
    """The file's content; without a file, nothing.

    `cors_origins` are exact origins, or `*` for all of them.
    """

    values: dict[str, str] = field(default_factory=dict[str, str])
    http_port: int | None = None
    cors_origins: tuple[str, ...] = ()
    cors_credentials: bool = False


def read_local_settings(app_directory: Path) -> LocalSettings:
    """Read the app's local.settings.json.

    Raises:
        BadSettingsError: the file is there and is not what it should be, or it is encrypted.
    """
    path = app_directory / _FILE_NAME
    if not path.exists():
        return LocalSettings()
    content = read_json_object(path)
    if content.get("IsEncrypted") is True:
        raise BadSettingsError(
            f"{_FILE_NAME}: IsEncrypted is true, and only the machine that encrypted the values "
            "can read them. Run `func settings decrypt` there, or write the values anew with "
            "IsEncrypted false."
        )
    host = _section(content, "Host")
    origins = str(host.get("CORS") or "")
    settings = LocalSettings(
        values={name: _as_text(name, value) for name, value in _section(content, "Values").items()},
        http_port=_parse_port(host.get("LocalHttpPort")),
        cors_origins=tuple(each.strip().rstrip("/") for each in origins.split(",") if each.strip()),
        cors_credentials=host.get("CORSCredentials") is True,
    )
    if settings.cors_credentials and "*" in settings.cors_origins:
        raise BadSettingsError(
            f"{_FILE_NAME}: CORSCredentials needs named origins in CORS; browsers refuse "
            "credentials where every origin (*) may come."
        )
    return settings


def load_settings(
    local_settings: LocalSettings, environment: MutableMapping[str, str] = os.environ
) -> AppSettings:
    """Add the file's values to the environment, without overriding it.

    The app reads its settings from the environment of this process, so that is where they go.
    """
    for name, value in local_settings.values.items():
        if name in environment:
            logger.info(
                "%s: '%s' is skipped, the environment has it already.",
                _FILE_NAME,
                name,
            )
        environment.setdefault(name, value)
    return AppSettings(environment)


def _section(content: dict[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadSettingsError(f"{_FILE_NAME}: {name} is not an object of settings.")
    return cast("dict[str, Any]", value)


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, dict | list):
        raise BadSettingsError(f"{_FILE_NAME}: the value of {name} is not a string.")
    return value if isinstance(value, str) else json.dumps(value)


def _parse_port(value: Any) -> int | None:
    if value is None:
        return None
    text = str(value)
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise BadSettingsError(f"{_FILE_NAME}: LocalHttpPort {text} is not a port (1 to 65535).")
    return int(text)
