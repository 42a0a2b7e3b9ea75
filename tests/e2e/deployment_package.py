"""The package that a deployment uploads, and an environment that holds what it asks for alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import local

ROOT = Path(__file__).resolve().parents[2]


def list_package_files() -> list[str]:
    """The committed files that .funcignore leaves, which has the syntax of .gitignore."""
    listing = ("git", "ls-files", "-z", "--cached")
    kept_at_home = _split(*listing, "--ignored", "--exclude-from=.funcignore")
    return sorted(_split(*listing) - kept_at_home)


def _split(*command: str) -> set[str]:
    output = subprocess.check_output(command, cwd=ROOT, text=True)
    return {name for name in output.split("\0") if name and (ROOT / name).exists()}


def build_package(folder: Path) -> None:
    """Lay the package's files into a folder, as they are uploaded."""
    for name in list_package_files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)


def make_environment(folder: Path, requirements: Path) -> Path:
    """A virtual environment with these requirements and nothing else; returns its Python."""
    uv = (sys.executable, "-m", "uv", "--quiet", "--no-config")
    python = folder / "bin" / "python"
    subprocess.run((*uv, "venv", "--python", sys.executable, str(folder)), check=True)
    install = ("pip", "install", "--python", str(python), "--require-hashes", "--no-deps")
    subprocess.run((*uv, *install, "-r", str(requirements)), check=True)
    return python


def add_local_host(python: Path) -> None:
    """Let the environment find our Functions host, behind everything that it has itself."""
    [packages] = python.parents[1].glob("lib/python*/site-packages")
    home = python.parents[1] / "host"
    home.mkdir()
    (home / "local").symlink_to(Path(local.__file__).parent)
    [own] = Path(sys.prefix).glob("lib/python*/site-packages")
    (packages / "zz_host.pth").write_text(f"{home}{os.linesep}{own}{os.linesep}", encoding="utf-8")
