"""Commands that the documentation tells people to type exist, with the options it gives them."""

import importlib.util
import re
import shlex
import subprocess
import sys
from functools import cache

import pytest

from tests.architecture.project_files import ROOT, project_files, read

DEV_COMMAND = re.compile(r"(?<![\w/])\./dev(?P<rest>(?:[ \t]+[^\s`|;&()#]+)*)")
MODULE_COMMAND = re.compile(r"python3? -m (?P<rest>local\.[^\s`|;&()#]+(?:[ \t]+[^\s`|;&()#]+)*)")
# Options that ./dev hands to another program.
PASSED_ON = {"test": ["-k", "-x", "-q", "-v", "-m", "-n", "--durations", "--lf"]}
# Commands whose actions have options and a help of their own.
HAS_ACTIONS = ["rehearse"]


def commands(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    documents = [path for path in project_files() if path.suffix == ".md"]
    return sorted(
        {
            (str(path), match["rest"].strip())
            for path in documents
            for match in pattern.finditer(read(path))
            if match["rest"].strip()
        }
    )


@cache
def help_of(*command: str) -> str:
    result = subprocess.run(
        [*command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, f"{shlex.join(command)} failed: {result.stderr}"
    return result.stdout


def options_in(words: list[str]) -> list[str]:
    """The options among a command's words, without values, brackets and ellipses."""
    stripped = (word.strip("[]{}.,:'\"").split("=")[0] for word in words)
    return [word for word in stripped if re.fullmatch(r"--?[a-z][\w-]*", word)]


def test_the_documentation_tells_people_what_to_type() -> None:
    assert commands(DEV_COMMAND)


@pytest.mark.parametrize(("document", "command"), commands(DEV_COMMAND))
def test_a_documented_dev_command_exists_with_its_options(document: str, command: str) -> None:
    name, *words = command.split()
    name = name.strip("[].,:'\"")
    lines = [line for line in help_of("./dev", "help").splitlines() if line.startswith("  ")]
    matching = [line for line in lines if line.split()[0] == name]
    assert matching, f"{document}: ./dev {name} is not in ./dev help"
    known = matching[0]
    if name in HAS_ACTIONS and words:
        known = help_of("./dev", name, words[0], "--help")
    unknown = [
        option
        for option in options_in(words)
        if option not in known and option not in PASSED_ON.get(name, [])
    ]
    assert not unknown, f"{document}: ./dev {name} has no {unknown}"


@pytest.mark.parametrize(("document", "command"), commands(MODULE_COMMAND))
def test_a_documented_module_exists_with_its_options(document: str, command: str) -> None:
    module, *words = command.split()
    module = module.rstrip(".,:")
    assert importlib.util.find_spec(module), f"{document}: there is no module {module}"
    if options := options_in(words):
        text = help_of(sys.executable, "-m", module, "--help")
        unknown = [option for option in options if option not in text]
        assert not unknown, f"{document}: python -m {module} has no {unknown}"


def test_every_relative_link_leads_to_a_file() -> None:
    missing = [
        f"{document}: {target}"
        for document in project_files()
        if document.suffix == ".md"
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", read(document))
        if not (ROOT / document.parent / target).exists()
    ]
    assert missing == []
