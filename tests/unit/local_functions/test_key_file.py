"""A file of keys that several hosts make and complete at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from local.functions.access.key_file import DURABLE_SYSTEM_KEY, KeyFile
from local.functions.settings import BadSettingsError

NAMES = ["one", "two"]


@pytest.mark.parametrize("existing", [None, "{}", '{"functions": {"gone": {"keys": []}}}'])
def test_hosts_that_start_at_once_agree_on_every_key(tmp_path: Path, existing: str | None) -> None:
    path = tmp_path / "keys.json"
    if existing:
        path.write_text(existing)
    start = Barrier(8)

    def open_file(_number: int) -> tuple[KeyFile, str]:
        start.wait()
        keys = KeyFile(path, NAMES)
        return keys, keys.get_system_key(DURABLE_SYSTEM_KEY)

    with ThreadPoolExecutor(8) as hosts:
        results = list(hosts.map(open_file, range(8)))
    content = json.loads(path.read_text())
    if existing is None:
        # A host puts the key that it finds at its start into the URLs that it hands out.
        assert {key for _, key in results} == {content["host"]["systemKeys"][0]["value"]}
    for name in NAMES:
        (key,) = content["functions"][name]["keys"]
        assert all(keys.is_for_function(key["value"], name) for keys, _ in results)
        assert not any(keys.is_for_function(key["value"], "another") for keys, _ in results)
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


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
