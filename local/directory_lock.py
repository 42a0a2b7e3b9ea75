"""One server per data directory: a locked file that names its holder.

The operating system drops the lock when the holder ends, however it ends, so a lock is never stale.
"""

import os
import sys
from pathlib import Path
from typing import BinaryIO


class DirectoryInUseError(Exception):
    """Another process serves this directory."""

    def __init__(self, directory: Path, holder: str) -> None:
        super().__init__(
            f"data directory {directory} is in use by process {holder}: stop it or choose another "
            "directory with --data"
        )


class DirectoryLock:
    """Holds a directory from construction to close."""

    def __init__(self, directory: Path) -> None:
        """Create the directory if need be and lock it.

        Raises:
            DirectoryInUseError: another process holds it.
        """
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "server.pid"
        self._file: BinaryIO = path.open("a+b")
        try:
            _lock(self._file)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read(32).decode(errors="replace").strip() or "unknown"
            self._file.close()
            raise DirectoryInUseError(directory, holder) from error
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n".encode())
        self._file.flush()

    def close(self) -> None:
        """Give the directory up."""
        self._file.close()


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        # Far behind the text, because Windows keeps others from reading what is locked.
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
