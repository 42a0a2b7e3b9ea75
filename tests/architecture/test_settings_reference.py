"""The settings as people read them are those that the app reads."""

import json
import re

import pytest

from shared.settings import Settings
from tests.architecture.project_files import ROOT, read
from tests.architecture.settings_reference import BINDINGS, WRITTEN, list_settings


@pytest.mark.parametrize("name", WRITTEN)
def test_a_text_about_settings_is_what_the_settings_say(name: str) -> None:
    assert read(name) == WRITTEN[name](), "run: python -m tests.architecture.settings_reference"


def test_every_setting_says_what_it_means() -> None:
    assert not [name for name, field in list_settings() if not field.description]


def test_the_template_starts_the_app() -> None:
    values = json.loads(read("local.settings.json.template"))["Values"]
    assert Settings.from_environment(values).owner is None


def test_every_variable_of_a_binding_is_described() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "triggers").glob("*.py"))
    used = set(re.findall(r"%(\w+)%", sources)) | set(re.findall(r'connection="(\w+)"', sources))
    described = set(BINDINGS) | {name for name, _ in list_settings()}
    assert used
    assert used <= described
