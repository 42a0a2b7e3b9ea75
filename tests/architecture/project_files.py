"""What the architecture tests look at: the files of the clone that are, or can be, committed."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> list[Path]:
    """Every file that git tracks or would add; paths relative to the clone."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.check_output(command, cwd=ROOT, text=True)
    return sorted(Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file())


def read(path: Path | str) -> str:
    """The text of a file of the clone."""
    return (ROOT / path).read_text(encoding="utf-8")
