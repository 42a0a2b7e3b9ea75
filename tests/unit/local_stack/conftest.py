import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


def make_wheel(folder: Path, name: str) -> str:
    """Build the smallest wheel that pip installs; the requirements line that pins it."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Requirements lines of three wheels, and under "options" the line that finds them offline."""
    folder = tmp_path_factory.mktemp("wheels")
    lines = {name: make_wheel(folder, name) for name in ("needed", "tool", "other")}
    return lines | {"options": f"--no-index\n--find-links {folder}"}


@pytest.fixture
def clone(tmp_path: Path, wheels: dict[str, str]) -> Path:
    """A clone under a path with a space, with the real script and tiny requirements."""
    root = tmp_path / "a clone"
    stack = root / "local" / "stack"
    stack.mkdir(parents=True)
    shutil.copy(PROJECT / "dev", root / "dev")
    for module in ("local/__init__.py", "local/stack/__init__.py"):
        shutil.copy(PROJECT / module, root / module)
    for module in ("virtual_environment.py", "pip.py"):
        shutil.copy(PROJECT / "local" / "stack" / module, stack / module)
    write_requirements(root, "local", wheels, "needed")
    write_requirements(root, "dev", wheels, "needed", "tool")
    write_requirements(root, "sdk", wheels, "other")
    write_requirements(root, "durable1", wheels, "other")
    write_requirements(root, "checkov", wheels, "other")
    return root


def write_requirements(root: Path, profile: str, wheels: dict[str, str], *names: str) -> None:
    lines = [wheels["options"], *(wheels[name] for name in names)]
    (root / f"requirements-{profile}.txt").write_text("\n".join(lines) + "\n")
