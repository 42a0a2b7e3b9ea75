"""Rules that every prompt keeps; the prompts are found, so that a new one cannot be forgotten."""

import importlib
import json
import pkgutil
from dataclasses import replace

import pytest

import shared.prompts
from shared.ports import Prompt

_CHARACTERS_A_TOKEN = 4
_MOST_TOKENS = 1_500


def find_prompts() -> list[Prompt]:
    modules = [
        importlib.import_module(f"shared.prompts.{module.name}")
        for module in pkgutil.iter_modules(shared.prompts.__path__)
    ]
    return [
        value for module in modules for value in vars(module).values() if isinstance(value, Prompt)
    ]


PROMPTS = find_prompts()


def test_every_prompt_is_found() -> None:
    assert len(PROMPTS) >= 4
    assert len({prompt.schema_name for prompt in PROMPTS}) == len(PROMPTS)


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
def test_a_changed_prompt_has_another_version_and_the_same_one_the_same(prompt: Prompt) -> None:
    number = prompt.version.split(".")[0]

    def version_of(**changes: object) -> str:
        return replace(prompt, **{"version": number, **changes}).version  # pyright: ignore[reportArgumentType]

    assert version_of() == prompt.version
    changed = {
        version_of(instructions=f"{prompt.instructions} "),
        version_of(schema={**prompt.schema, "description": "other"}),
        version_of(schema_name="Other"),
        version_of(version=f"{number}1"),
    }
    assert prompt.version not in changed
    assert len(changed) == 4


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
def test_a_prompts_static_part_is_short(prompt: Prompt) -> None:
    characters = len(prompt.instructions) + len(json.dumps(prompt.schema))
    assert characters / _CHARACTERS_A_TOKEN < _MOST_TOKENS


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
def test_a_prompts_schema_is_strict_all_the_way_down(prompt: Prompt) -> None:
    """Strict schemas want every property required and none besides; so do repairs."""

    def check(schema: object) -> None:
        if isinstance(schema, dict):
            if schema.get("type") == "object":
                assert schema["additionalProperties"] is False
                assert sorted(schema["required"]) == sorted(schema["properties"])
            for part in schema.values():
                check(part)

    check(dict(prompt.schema))
    assert "JSON" in prompt.instructions  # which json_object mode asks of a prompt
