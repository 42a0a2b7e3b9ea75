"""Files that only their owner may read."""

import os
from pathlib import Path


def write_private_file(path: Path, content: bytes) -> None:
    """Replace a file at once and for good, readable by its owner only from the first moment."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
