"""Which source files of an app changed.

The operating system says that something happened in a folder; what counts is the difference between
two looks at the sources, so that nothing is missed while the set of folders itself changes.
"""

import asyncio
import logging
from pathlib import Path

from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType] - names an optional library

logger = logging.getLogger("Host.Watch")

_ROOT_FILES = frozenset({"host.json", "local.settings.json", "requirements.txt"})
_IGNORED_FOLDERS = frozenset({"__pycache__", "node_modules"})

# How long an editor that writes several files may take, and how often we look in any case.
_SETTLE_MILLISECONDS = 100
_LOOK_MILLISECONDS = 1000

type Sources = dict[Path, tuple[int, int]]


def list_folders(app: Path, ignored: Path | None) -> list[Path]:
    """List the folders that may hold source files: no hidden ones, no environments, no data."""
    found = [app]
    for folder in found:
        try:
            children = sorted(folder.iterdir())
        except OSError:
            continue  # removed meanwhile
        found += [child for child in children if _is_source_folder(child, ignored)]
    return found


def _is_source_folder(path: Path, ignored: Path | None) -> bool:
    if path.name.startswith(".") or path.name in _IGNORED_FOLDERS or path == ignored:
        return False
    return path.is_dir() and not path.is_symlink() and not (path / "pyvenv.cfg").exists()


def read_sources(app: Path, folders: list[Path]) -> Sources:
    """Look at every source file: when it was last written, and its size."""
    sources: Sources = {}
    for folder in folders:
        for path in folder.glob("*"):
            if path.suffix == ".py" or (folder == app and path.name in _ROOT_FILES):
                try:
                    status = path.stat()
                except OSError:
                    continue  # removed meanwhile
                sources[path] = (status.st_mtime_ns, status.st_size)
    return sources


class SourceChanges:
    """Collects the changes since it was asked last.

    Args:
        app: The app's folder.
        ignored: The data folder, if there is one: it may lie in the app's.
    """

    def __init__(self, app: Path, ignored: Path | None) -> None:
        self._app = app
        self._ignored = ignored
        self._known = read_sources(app, list_folders(app, ignored))
        self._changed: set[str] = set()
        self._has_changed = asyncio.Event()

    async def follow(self) -> None:
        """Watch for ever."""
        while True:
            folders = list_folders(self._app, self._ignored)
            self._look(folders)
            try:
                await self._follow(folders)
            except (OSError, RuntimeError) as error:
                # A folder has just gone, or the system watches no more of them.
                logger.debug("Folders cannot be watched and are looked at instead: %s", error)
                await asyncio.sleep(_LOOK_MILLISECONDS / 1000)

    async def _follow(self, folders: list[Path]) -> None:
        """Watch as long as these are the folders."""
        async for _ in awatch(
            *folders,
            watch_filter=None,
            recursive=False,
            step=_SETTLE_MILLISECONDS,
            rust_timeout=_LOOK_MILLISECONDS,
            yield_on_timeout=True,
        ):
            self._look(folders)
            if list_folders(self._app, self._ignored) != folders:
                return

    async def wait(self) -> list[str]:
        """Wait for a change; returns the files that changed, relative to the app's folder."""
        await self._has_changed.wait()
        self._has_changed.clear()
        changed, self._changed = self._changed, set()
        return sorted(changed)

    def _look(self, folders: list[Path]) -> None:
        sources = read_sources(self._app, folders)
        differing = {path for path, _ in self._known.items() ^ sources.items()}
        self._known = sources
        if differing:
            self._changed |= {str(path.relative_to(self._app)) for path in differing}
            self._has_changed.set()
