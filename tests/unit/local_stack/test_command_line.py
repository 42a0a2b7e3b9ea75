"""What a person reads who asks for help, or mistypes an option."""

import subprocess
import sys

import pytest

from local.stack.command_line import parse_command_line


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (["demo", "--foo"], "usage: ./dev demo "),
        (["status", "--jsn"], "usage: ./dev status "),
        (["rehearse", "drop", "--foo"], "usage: ./dev rehearse drop "),
        (["up", "--key"], "usage: ./dev up "),
    ],
)
def test_an_unknown_option_is_refused_with_the_usage_of_its_command(
    words: list[str], usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_command_line(words)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(usage)
    assert told.endswith(f"error: unrecognized arguments: {words[-1]}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["up"],
        ["demo"],
        ["status"],
        ["dead-letters"],
        ["backfill"],
        *(["rehearse", action] for action in ("redeliver", "drop", "crash", "delay", "split")),
    ],
)
def test_every_option_says_what_it_does(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse_command_line([*words, "--help"])
    _, _, listed = capsys.readouterr().out.partition("\noptions:\n")
    lines = listed.splitlines()
    following = [*lines[1:], ""]
    bare = [
        line
        for line, after in zip(lines, following, strict=True)
        if line.startswith("  -") and "  " not in line.strip() and not after.startswith("      ")
    ]
    assert lines
    assert bare == []


@pytest.mark.parametrize("name", ["cost", "quality"])
def test_a_measurement_is_described_line_by_line_and_without_its_own_command(name: str) -> None:
    command = [sys.executable, "-m", f"bench.{name}", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    description = told.partition("\n\n")[2].partition("\noptions:")[0]
    assert "./dev" not in description
    assert description.splitlines()[1] == ""
