"""What no committed file may say: where it was written, and where packages come from."""

import re

import pytest

from tests.architecture.project_files import project_files, read

# Put together here so that this file does not contain what it forbids.
BINARY = (".png", ".svg", ".ico", ".gif")
MACHINE_FOLDERS = ("work", "root", "home", "tmp", "Users", "private")
MACHINE_PATH = re.compile(rf"(?<![\w.:/)}}*-])/(?:{'|'.join(MACHINE_FOLDERS)})/[\w.]")
_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("anaconda", "org"),
        ("nuget", "org"),
        ("proxy", "golang", "org"),
    )
]
PACKAGE_HOST = re.compile("|".join(map(re.escape, _HOSTS)))
INDEX_OPTION = re.compile(r"(?:--(?:extra-)?index-url|--find-links)[ =]+\S*[:/]")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in project_files()
        if path.suffix not in BINARY
        for number, line in enumerate(read(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_committed_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert lines_with(MACHINE_PATH) == []


def test_no_committed_file_names_a_package_host() -> None:
    assert lines_with(PACKAGE_HOST) == []
    assert lines_with(INDEX_OPTION) == []


@pytest.mark.parametrize("folder", MACHINE_FOLDERS)
@pytest.mark.parametrize("line", ["see {}", "'{}'", "cd {}", "({})", "DIR={}", "`{}`"])
def test_the_search_for_machine_paths_finds_them(folder: str, line: str) -> None:
    assert MACHINE_PATH.search(line.format(f"/{folder}/clone"))
