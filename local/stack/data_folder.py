"""The folder in which one stack at a time keeps its data, keys, logs and address file."""

import base64
import fcntl
import json
import os
import secrets
import shlex
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import psutil
from pydantic import BaseModel, ValidationError

from local.private_file import write_private_file
from local.stack.errors import FOLDER_HELD, StackError
from local.stack.trust import Trust

ORPHANS_END_WITHIN = 4.0  # seconds; the servers promise 2 after their parent's end
_LOCK_FILE = "stack.lock"


class Keys(BaseModel):
    """The keys that the Cosmos DB (base64) and model servers of this folder ask for."""

    cosmos: str
    model: str


class _Process(BaseModel):
    """A process and its start, which tells it from a later process with the same number."""

    pid: int
    started: float


class _Holder(BaseModel):
    """What the lock file says: the process that holds the folder, and the servers it started."""

    pid: int
    servers: list[_Process] = []


@dataclass(frozen=True)
class DataFolder:
    """Where the parts of a held folder are."""

    path: Path
    lock_file: TextIO

    @property
    def cosmos_data(self) -> Path:
        """The Cosmos DB server's own data."""
        return self.path / "cosmos"

    @property
    def functions_data(self) -> Path:
        """What the Functions host keeps over a restart: orchestrations and entities above all."""
        return self.path / "functions"

    @property
    def logs(self) -> Path:
        """One log file for each server."""
        return self.path / "logs"

    @property
    def trust(self) -> Trust:
        """The certificates of a stack with https."""
        return trust_of(self.path)

    @property
    def env_file(self) -> Path:
        """Addresses and keys of the running stack, for a shell to source."""
        return env_file_of(self.path)

    def load_keys(self) -> Keys:
        """This folder's keys: random, made on first use and the same ever after."""
        path = self.path / "keys.json"
        try:
            return Keys.model_validate_json(path.read_bytes())
        except (FileNotFoundError, ValidationError):
            cosmos_key = base64.b64encode(secrets.token_bytes(64)).decode()
            keys = Keys(cosmos=cosmos_key, model=secrets.token_hex(24))
            write_private_file(path, keys.model_dump_json(indent=1).encode() + b"\n")
            return keys

    def write_env_file(self, text: str) -> None:
        """Replace the file that tells other programs how to reach the stack."""
        write_private_file(self.env_file, text.encode())

    def note_servers(self, pids: list[int]) -> None:
        """Write down which servers run on this folder, for whoever finds us killed."""
        servers = [
            _Process(pid=pid, started=psutil.Process(pid).create_time())
            for pid in pids
            if psutil.pid_exists(pid)
        ]
        _write_holder(self.lock_file, _Holder(pid=os.getpid(), servers=servers))


def trust_of(path: Path) -> Trust:
    """The certificates of a stack with https on a folder, whoever holds that."""
    return Trust(path / "cosmos" / "tls" / "ca.pem", path / "ca-bundle.pem")


def env_file_of(path: Path) -> Path:
    """The file in which a stack on a folder tells where it is."""
    return path / "stack.env"


def refuse_unless_running(path: Path) -> None:
    """Raise StackError unless a stack runs on the folder, or is about to."""
    message = f"no stack runs on {path} now: start it with ./dev up --data {shlex.quote(str(path))}"
    try:
        lock_file = (path / _LOCK_FILE).open(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StackError(message) from error
    with lock_file:
        # The lock is only tried where somebody may hold it: meanwhile no stack could start.
        if _read_holder(lock_file):
            try:
                fcntl.flock(lock_file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return
    raise StackError(message)


@contextmanager
def hold_data_folder(path: Path) -> Generator[DataFolder]:
    """Hold the folder, made if need be, as its only stack until the block ends.

    Raises StackError: exit 3 when another process holds it, naming that process; exit 2 when it is
    no folder and cannot be made one.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StackError(
            f"{path} cannot be used as the data folder ({error.strerror}): choose another with"
            " --data DIR.",
            2,
        ) from error
    with (path / _LOCK_FILE).open("a+", encoding="utf-8") as lock_file:
        earlier = _read_holder(lock_file)
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError(
                f"{path} is in use by the stack of process {earlier.pid if earlier else '?'}: stop "
                "that one, or choose another folder with --data DIR.",
                FOLDER_HELD,
            ) from error
        if earlier is not None:
            _wait_for_orphans(path, earlier)
        # The last stack's: its addresses may be another stack's by now.
        env_file_of(path).unlink(missing_ok=True)
        _write_holder(lock_file, _Holder(pid=os.getpid()))
        try:
            yield DataFolder(path, lock_file)
        finally:
            _write_holder(lock_file, None)


def _wait_for_orphans(path: Path, earlier: _Holder) -> None:
    """The earlier stack was killed: let its servers, which end by themselves, finish first."""
    deadline = time.monotonic() + ORPHANS_END_WITHIN
    while alive := [server.pid for server in earlier.servers if _is_alive(server)]:
        if time.monotonic() > deadline:
            raise StackError(
                f"{path} is still used by processes {', '.join(map(str, alive))}, left behind by a "
                f"stack that was killed (process {earlier.pid}): end them, then try again.",
                FOLDER_HELD,
            )
        time.sleep(0.05)


def _is_alive(server: _Process) -> bool:
    try:
        process = psutil.Process(server.pid)
        return process.create_time() == server.started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _read_holder(lock_file: TextIO) -> _Holder | None:
    lock_file.seek(0)
    content = lock_file.read()
    try:
        return _Holder.model_validate(json.loads(content)) if content.strip() else None
    except ValueError:  # half written when its process was killed
        return None


def _write_holder(lock_file: TextIO, holder: _Holder | None) -> None:
    lock_file.seek(0)
    lock_file.truncate()
    lock_file.write(holder.model_dump_json() + "\n" if holder else "")
    lock_file.flush()
