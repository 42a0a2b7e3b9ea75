"""The keys of one function app in a file, laid out as the real host's secrets are.

Who holds the master key may do everything. A host key opens every function, a function's own key
that function, a system key the webhooks of one extension.
"""

import hmac
import json
import logging
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from local.functions.settings import BadSettingsError, read_json_object

logger = logging.getLogger("Host.Keys")

DURABLE_SYSTEM_KEY = "durabletask_extension"
"""The system key of the management routes of Durable Functions."""

_KEY_BYTES = 40
_TRIES = 20

type _Key = dict[str, Any]


class KeyFile:
    """The keys as the file has them now: it is read again when it changed.

    Several hosts of one app may share a file; whoever finds a key missing adds it.

    Raises:
        BadSettingsError: the file is there and does not hold keys, or it cannot be written.
    """

    def __init__(self, path: Path, functions: Iterable[str]) -> None:
        self._path = path
        self._functions = [name.lower() for name in functions]
        self._stamp: tuple[int, int] | None = None
        self._content: dict[str, Any] = {}
        self._complete()

    def get_system_key(self, name: str) -> str:
        """Read a system key, for URLs that lead to an extension's webhooks."""
        self._refresh()
        keys = self._host_keys("systemKeys")
        return next((str(key["value"]) for key in keys if key["name"] == name), "")

    def is_master(self, given: str) -> bool:
        """Say whether a text is the master key."""
        self._refresh()
        host = cast("dict[str, Any]", self._content["host"])
        return _is_one_of(given, [cast("_Key", host["masterKey"])])

    def is_for_function(self, given: str, function: str) -> bool:
        """Say whether a text opens a function of the level `function`."""
        self._refresh()
        functions = cast("dict[str, dict[str, list[_Key]]]", self._content["functions"])
        own = functions.get(function.lower(), {}).get("keys", [])
        return _is_one_of(given, [*self._host_keys("functionKeys"), *own])

    def is_system_key(self, given: str, name: str) -> bool:
        """Say whether a text is the system key of that name."""
        self._refresh()
        return _is_one_of(given, [k for k in self._host_keys("systemKeys") if k["name"] == name])

    def _host_keys(self, kind: str) -> list[_Key]:
        return cast("list[_Key]", cast("dict[str, Any]", self._content["host"])[kind])

    def _complete(self) -> None:
        """Read the file and add what is missing, until nothing is: another host may write too."""
        for _ in range(_TRIES):
            try:
                if self._read_or_add():
                    return
            except (FileExistsError, FileNotFoundError):
                continue  # another host is just replacing it
            except (OSError, UnicodeDecodeError) as error:
                raise BadSettingsError(
                    f"The key file {self._path} cannot be used: {error}."
                ) from error
        raise BadSettingsError(f"The key file {self._path} does not stay as it was written.")

    def _read_or_add(self) -> bool:
        """Read the file; False if it had to be written, so that it must be read again."""
        exists = self._path.exists()
        stamp = self._read_stamp() if exists else None
        content = read_json_object(self._path) if exists else {}
        if _fill(content, self._functions):
            _write(self._path, json.dumps(content, indent=2) + "\n", is_new=not exists)
            logger.info("Function keys are in %s", self._path)
            return False
        self._content, self._stamp = content, stamp
        return True

    def _refresh(self) -> None:
        try:
            if self._read_stamp() != self._stamp:
                self._complete()
        except (OSError, BadSettingsError) as error:
            if self._stamp is not None:
                logger.error("%s The keys read before stay in force.", error)  # noqa: TRY400 - it says all
            self._stamp = None

    def _read_stamp(self) -> tuple[int, int]:
        status = self._path.stat()
        return (status.st_mtime_ns, status.st_ino)


def _write(path: Path, text: str, *, is_new: bool) -> None:
    """Replace the file at once, or make it unless another host has just done so.

    Raises:
        FileExistsError: it was to be made and is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under a name of its own, as two hosts may write at once; only the owner may read it.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            os.link(temporary, path)
        else:
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _fill(content: dict[str, Any], functions: Iterable[str]) -> bool:
    """Add every key that is missing; says whether there was one."""
    before = json.dumps(content)
    try:
        host = content.setdefault("host", {})
        host.setdefault("masterKey", _make_key("master"))
        host.setdefault("functionKeys", [_make_key("default")])
        system_keys: list[_Key] = host.setdefault("systemKeys", [])
        if DURABLE_SYSTEM_KEY not in [key["name"] for key in system_keys]:
            system_keys.append(_make_key(DURABLE_SYSTEM_KEY))
        of_functions = content.setdefault("functions", {})
        for name in functions:
            of_functions.setdefault(name, {}).setdefault("keys", [_make_key("default")])
        every = [host["masterKey"], *host["functionKeys"], *system_keys]
        every += [key for each in of_functions.values() for key in each["keys"]]
        if not all(isinstance(key["value"], str) and key["value"] for key in every):
            raise BadSettingsError("The key file has a key without a value.")
    except (AttributeError, KeyError, TypeError) as error:
        raise BadSettingsError(
            "The key file is not laid out as one. Remove it to have new keys made."
        ) from error
    return json.dumps(content) != before


def _make_key(name: str) -> _Key:
    return {"name": name, "value": secrets.token_urlsafe(_KEY_BYTES), "encrypted": False}


def _is_one_of(given: str, keys: Iterable[_Key]) -> bool:
    # Bytes: the header may hold what is no text.
    wanted = given.encode(errors="surrogateescape")
    return any(hmac.compare_digest(wanted, str(key["value"]).encode()) for key in keys)
