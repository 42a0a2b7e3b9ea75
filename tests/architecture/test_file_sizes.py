from tests.architecture.project_files import project_files, read

MOST_LINES = 300


def test_every_source_file_fits_in_one_reading() -> None:
    lines = {
        str(path): len(read(path).splitlines())
        for path in project_files()
        if path.suffix in (".py", ".lark", ".sh") or path.name == "dev"
    }
    assert len(lines) > 10
    too_long = {path: count for path, count in lines.items() if count > MOST_LINES}
    assert not too_long, f"split by job (at most {MOST_LINES} lines): {too_long}"
