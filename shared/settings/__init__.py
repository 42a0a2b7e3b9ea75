"""Every setting of the app, parsed once from the environment: the only reader of it.

Names are those of the public toolkit where it has one. A bad value stops the start with one message
that names every bad variable.
"""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import ConfigDict, ValidationError

from shared.settings.feed import FeedSettings
from shared.settings.model import ModelSettings
from shared.settings.processing import ProcessingSettings
from shared.settings.recovery import RecoverySettings
from shared.settings.store import StoreSettings
from shared.settings.telemetry import TelemetrySettings

__all__ = ["Settings", "SettingsError"]


class SettingsError(ValueError):
    """The environment holds values that the app cannot run with; the message names them all."""


class Settings(
    # Fields come in the order of the last base to the first: the order in which people read them.
    TelemetrySettings,
    RecoverySettings,
    ProcessingSettings,
    ModelSettings,
    FeedSettings,
    StoreSettings,
):
    """The app's settings; each field's alias is the name of its variable."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Parse the variables; SettingsError names each one that is missing or has a bad value.

        An empty value counts as unset. COSMOS_DB__accountEndpoint stands in for COSMOS_DB_ENDPOINT.
        """
        variables = os.environ if environment is None else environment
        # By alias only: an environment may hold a variable named as one of the fields.
        names = [str(field.alias) for field in cls.model_fields.values()]
        given = {name: value for name in names if (value := variables.get(name))}
        if account_endpoint := variables.get("COSMOS_DB__accountEndpoint"):
            given.setdefault("COSMOS_DB_ENDPOINT", account_endpoint)
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            message = "settings: these variables must be set or corrected:\n" + "\n".join(
                _describe(item["loc"], item["msg"], item["input"]) for item in error.errors()
            )
            raise SettingsError(message) from None


def _describe(location: tuple[int | str, ...], message: str, given: object) -> str:
    if not location:  # several variables that do not fit together: the message names them
        return f"  {message}"
    name = str(location[0])
    return f"  {name}: {message}" + (f" (it is {given!r})" if _may_show(name) else "")


def _may_show(name: str) -> bool:
    return not name.endswith("_KEY") and "ENDPOINT" not in name
