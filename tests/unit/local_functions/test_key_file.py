"""A file of keys that several hosts make and complete at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.functions.access.key_file import DURABLE_SYSTEM_KEY, KeyFile
from local.functions.settings import BadSettingsError


def test_hosts_that_start_at_once_agree_on_every_key(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    names = [f"function{n}" for n in range(8)]
    with ThreadPoolExecutor(8) as hosts:
        opened = list(hosts.map(lambda name: KeyFile(path, [name, "common"]), names))
    assert len({keys.get_system_key(DURABLE_SYSTEM_KEY) for keys in opened}) == 1
    content = json.loads(path.read_text())
    assert set(content["functions"]) == {*names, "common"}
    for name, own in content["functions"].items():
        (key,) = own["keys"]
        assert all(keys.is_for_function(key["value"], name) for keys in opened)
        assert not any(keys.is_for_function(key["value"], "another") for keys in opened)
    assert [each.name for each in path.parent.iterdir()] == ["keys.json"]


def test_a_complete_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    KeyFile(path, ["one"])
    before = path.stat()
    KeyFile(path, ["ONE"])
    assert path.stat() == before


def test_a_folder_that_takes_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSettingsError, match=r"keys\.json"):
        KeyFile(tmp_path / "file" / "keys.json", ["one"])


def test_an_empty_key_opens_nothing(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json", ["one"])
    assert not keys.is_master("")
    assert not keys.is_for_function("", "one")
    assert not keys.is_system_key("", DURABLE_SYSTEM_KEY)
    assert not keys.is_system_key("", "another")
