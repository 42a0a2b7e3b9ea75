import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.stack.demo.turns_file import Turn, TurnsFileError, read_turns_file, unknown_fields
from local.stack.demo.writer import turn_document

GOOD = {"user_id": "u", "thread_id": "t", "role": "user", "content": "I live in Porto."}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "turns.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(TurnsFileError) as caught:
        read_turns_file(path)
    assert caught.value.exit_status == 2
    return str(caught.value).splitlines()[1:]


def test_turns_are_read_in_order_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, "", "   \t", GOOD | {"content": "Second."})
    assert [turn.content for turn in read_turns_file(path)] == ["I live in Porto.", "Second."]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "turns.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n")
    assert len(read_turns_file(path)) == 1


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    line = '{"user_id":"u","thread_id":"t","role":"user","content":"one\u2028two"}'
    assert read_turns_file(write(tmp_path, line))[0].content == "one\u2028two"


def test_the_role_assistant_is_taken_as_agent(tmp_path: Path) -> None:
    assert read_turns_file(write(tmp_path, GOOD | {"role": "assistant"}))[0].role == "agent"


@pytest.mark.parametrize(
    ("given_time", "normalised"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00.250+02:00", "2026-01-31T10:00:00.250000+00:00"),
    ],
)
def test_times_become_utc_with_a_numeric_offset(
    tmp_path: Path, given_time: str, normalised: str
) -> None:
    turn = read_turns_file(write(tmp_path, GOOD | {"created_at": given_time}))[0]
    assert turn.created_at == normalised


def test_a_turn_without_a_time_or_id_gets_both_when_it_is_written(tmp_path: Path) -> None:
    first, second = read_turns_file(write(tmp_path, GOOD, GOOD))
    assert first.id != second.id
    assert turn_document(first)["created_at"].endswith("+00:00")


def test_a_written_turn_has_the_fields_that_the_public_sdk_gives_one() -> None:
    turn = Turn.model_validate(GOOD | {"id": "1", "created_at": "2026-01-31T12:00:00Z"})
    assert turn_document(turn) == {
        "id": "1",
        "user_id": "u",
        "thread_id": "t",
        "role": "user",
        "type": "turn",
        "content": "I live in Porto.",
        "metadata": {},
        "created_at": "2026-01-31T12:00:00+00:00",
        "tags": [],
        "ttl": 2592000,
    }
    assert turn_document(turn.model_copy(update={"agent_id": "a"}))["agent_id"] == "a"


def test_fields_that_a_turn_does_not_have_are_named_and_not_written(tmp_path: Path) -> None:
    turns = read_turns_file(write(tmp_path, GOOD, GOOD | {"create_at": "x", "channel": 1}))
    assert unknown_fields(turns) == ["channel", "create_at"]
    assert not {"channel", "create_at"} & turn_document(turns[1]).keys()


@pytest.mark.parametrize("missing", ["user_id", "thread_id", "role", "content"])
def test_a_missing_field_is_named_with_file_and_line(tmp_path: Path, missing: str) -> None:
    broken = {name: value for name, value in GOOD.items() if name != missing}
    path = write(tmp_path, GOOD, "", broken)
    assert faults_of(path) == [f"{path}:3: field '{missing}': is missing"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "bot"}, "role"),
        ({"role": "User"}, "role"),
        ({"role": None}, "role"),
        ({"role": ["user"]}, "role"),
        ({"content": " \n\t"}, "content"),
        ({"content": 5}, "content"),
        ({"user_id": ""}, "user_id"),
        ({"thread_id": "  "}, "thread_id"),
        ({"user_id": 7}, "user_id"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": 1700000000}, "created_at"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at"),
        ({"metadata": ["x"]}, "metadata"),
        ({"id": ""}, "id"),
        ({"id": "a/b"}, "id"),
        ({"id": "i" * 1001}, "id"),
        ({"agent_id": 1}, "agent_id"),
        ({"user_id": "u" * 1000, "thread_id": "t" * 901}, "thread_id"),
        ({"content": "x" * 2_000_001}, "content"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, change: dict[str, object], field: str
) -> None:
    path = write(tmp_path, GOOD | change)
    (fault,) = faults_of(path)
    assert fault.startswith(f"{path}:1: field '{field}': ")


def test_the_longest_ids_that_fit_are_accepted(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD | {"user_id": "u" * 1000, "thread_id": "t" * 900, "id": "i" * 1000})
    assert len(read_turns_file(path)) == 1


def test_an_id_twice_in_one_thread_is_refused_and_elsewhere_is_not(tmp_path: Path) -> None:
    same = GOOD | {"id": "7"}
    path = write(tmp_path, same, same | {"thread_id": "other"}, same | {"user_id": "other"}, same)
    (fault,) = faults_of(path)
    assert fault.startswith(f"{path}:4: field 'id': ")
    assert "line 1" in fault


@pytest.mark.parametrize("line", ["{", "[1, 2]", '"text"', "null", '{"user_id": NaN}', "5"])
def test_a_line_that_is_no_json_object_is_refused(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, GOOD, line)
    (fault,) = faults_of(path)
    assert fault.startswith(f"{path}:2: ")


def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "turns.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b'\n{"user_id": "\xe9"}\n')
    (fault,) = faults_of(path)
    assert fault.startswith(f"{path}:2: ")
    assert "UTF-8" in fault


@pytest.mark.parametrize("content", ["", "\n \n\n"])
def test_a_file_without_turns_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "turns.jsonl"
    path.write_text(content)
    assert faults_of(path) == [f"{path}:1: the file has no turns"]


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "none.jsonl")[0].startswith(f"{tmp_path / 'none.jsonl'}: ")
    assert faults_of(tmp_path)[0].startswith(f"{tmp_path}: ")


def test_all_faults_are_told_up_to_twenty(tmp_path: Path) -> None:
    assert len(faults_of(write(tmp_path, *[GOOD | {"role": "bot"}] * 3))) == 3
    many = faults_of(write(tmp_path, *[GOOD | {"role": "bot"}] * 23))
    assert len(many) == 21
    assert many[-1] == "... and 3 more"


def test_what_a_person_said_does_not_appear_in_an_error(tmp_path: Path) -> None:
    line = GOOD | {"content": "my secret", "created_at": "my secret", "role": "my secret"}
    assert "my secret" not in "\n".join(faults_of(write(tmp_path, line)))


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_no_file_makes_anything_but_turns_or_named_faults(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("any") / "turns.jsonl"
    path.write_bytes(b"\n".join(lines))
    assert all(fault.startswith(f"{path}:") for fault in faults_of(path))
