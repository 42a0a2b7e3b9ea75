"""The host's options: what they mean together, and which make no sense."""

from pathlib import Path

import pytest

from local.functions.command_line import parse_command_line
from local.functions.exit_status import CannotStartError
from local.functions.local_settings import LocalSettings
from local.functions.port import open_port


def test_without_options_nobody_is_asked_for_keys_and_nothing_is_kept(tmp_path: Path) -> None:
    options = parse_command_line(["--app", str(tmp_path)])
    assert (options.app, options.data, options.keys) == (tmp_path, None, None)
    assert (options.port, options.host, options.drain_seconds) == (None, "127.0.0.1", 0.5)


def test_keys_are_kept_with_the_data_unless_they_have_a_file_of_their_own(tmp_path: Path) -> None:
    words = ["--app", ".", "--data", str(tmp_path)]
    assert parse_command_line(words).keys is None
    assert parse_command_line([*words, "--enable-auth"]).keys == tmp_path / "keys.json"
    own = [*words, "--enable-auth", "--keys", str(tmp_path / "own.json")]
    assert parse_command_line(own).keys == tmp_path / "own.json"


def test_the_file_of_local_settings_is_read_unless_that_is_not_wanted(tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_text("broken")
    words = ["--app", str(tmp_path), "--port", "0"]
    with pytest.raises(CannotStartError, match=r"local\.settings\.json"):
        open_port(parse_command_line(words))
    settings, listening = open_port(parse_command_line([*words, "--no-local-settings"]))
    listening.close()
    assert settings == LocalSettings()


def test_a_watched_host_gives_its_functions_longer_unless_told_otherwise() -> None:
    words = ["--app", ".", "--watch"]
    assert parse_command_line(words).drain_seconds == 5
    assert parse_command_line([*words, "--drain-seconds", "0"]).drain_seconds == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--enable-auth"], "--keys FILE or --data DIR"),
        (["--keys", "keys.json"], "no use without --enable-auth"),
        (["--port", "65536"], "65536 is not a port"),
        (["--port", "-1"], "--port"),
        (["--drain-seconds", "soon"], "soon is not a number of seconds"),
        (["--drain-seconds", "nan"], "nan is not a number of seconds"),
        (["--log-format", "xml"], "--log-format"),
        (["--wat"], "--wat"),
    ],
)
def test_an_impossible_command_line_is_refused_by_name(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_command_line(["--app", ".", *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
