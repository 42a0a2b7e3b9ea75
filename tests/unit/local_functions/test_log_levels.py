"""Which level a category has: the longest prefix decides, as in .NET's logging."""

import json
import logging

import pytest

from local.functions.logs.formats import JsonFormatter, OneLineFormatter
from local.functions.logs.levels import CategoryLevels
from local.functions.settings import BadSettingsError

OFF = logging.CRITICAL + 1

LEVELS = CategoryLevels(
    {
        "default": "Warning",
        "Function": "Information",
        "Function.noisy": "Error",
        "Function.noisy.User": "Critical",
        "host": "None",
        "Host.Timer": "Trace",
    }
)


@pytest.mark.parametrize(
    ("category", "level"),
    [
        ("anything", logging.WARNING),
        ("Function.quiet.User", logging.INFO),
        ("function.QUIET", logging.INFO),
        ("Function.noisy", logging.ERROR),
        ("Function.noisy.User", logging.CRITICAL),
        ("Host.Startup", OFF),
        ("Host.Timer", logging.DEBUG),
        ("Host.Results", OFF),
    ],
)
def test_the_longest_prefix_decides(category: str, level: int) -> None:
    assert LEVELS.find(category) == level


def test_results_are_off_unless_they_are_named() -> None:
    assert CategoryLevels({"default": "Trace", "Host": "Trace"}).find("Host.Results") == OFF
    named = CategoryLevels({"Host.Results": "Information"})
    assert named.find("Host.Results") == logging.INFO


def test_an_unknown_level_is_named_with_its_category() -> None:
    with pytest.raises(BadSettingsError, match=r"'Loud' of Host\.Timer"):
        CategoryLevels({"Host.Timer": "Loud"})


def make_record(message: str) -> logging.LogRecord:
    return logging.LogRecord("app", logging.INFO, "file.py", 1, message, None, None)


@pytest.mark.parametrize("message", ["two\nlines", 'a "quote"', "\udcff half a pair", "\x00 null"])
def test_any_text_is_one_line_in_both_forms(message: str) -> None:
    record = make_record(message)
    assert "\n" not in OneLineFormatter().format(record)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    fields = json.loads(line)
    assert (fields["level"], fields["category"], fields["logger"]) == ("Information", "app", "app")
    assert "function" not in fields
