"""What commands print: tables and JSON on stdout, messages and progress on stderr."""

import json
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.cli import output


def test_a_table_is_aligned_and_what_is_missing_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": "a", "ok": True, "score": 0.12345, "n": 3}, {"id": "longer", "ok": False, "score": None, "n": ""}]
    output.emit(rows, ("id", "ok", "score", "n"), False)
    assert capsys.readouterr().out.splitlines() == [
        "id      ok   score  n",
        "a       yes  0.123  3",
        "longer  no   –      –",
    ]


def test_json_has_exactly_the_promised_keys_and_no_number_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit([{"b": None, "a": "ü", "c": 1}], ("a", "b"), True)
    out = capsys.readouterr().out
    assert json.loads(out) == [{"a": "ü", "b": None}] and "ü" in out
    with pytest.raises(ValueError, match="Out of range"):
        output.emit([{"a": float("nan")}], ("a",), True)


def test_a_note_of_the_work_is_said_once_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        output.begin()
        progress = output.Terminal()
        for _ in range(2):
            progress.note("3 rows were left out.")
    assert capsys.readouterr().err == "3 rows were left out.\n" * 2


def test_progress_is_a_line_a_phase_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    progress = output.Terminal()
    for phase, done in (("Tuning", 1), ("Tuning", 2), ("Evaluating", 1)):
        progress.phase(phase, done, 2)
    assert capsys.readouterr().err == "Tuning ...\nEvaluating ...\n"


def test_progress_is_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    clock = iter((0.0, 1.0, 2.0))
    monkeypatch.setattr(output.time, "monotonic", lambda: next(clock))
    progress = output.Terminal()
    progress.phase("Tuning", 0, 4)
    progress.phase("Tuning", 4, 4)
    assert "█" * 30 + " 4/4" in capsys.readouterr().err


def test_a_place_to_write_to_is_checked_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert output.new_file(f"{tmp_path}/a/b.csv") == f"{tmp_path}/a/b.csv" and output.new_file(f"{tmp_path}/file")
    assert output.new_folder(f"{tmp_path}/a/b") and output.new_folder(str(tmp_path))
    for check, wrong, says in (
        (output.new_file, tmp_path, "is a folder"),
        (output.new_folder, tmp_path / "file", "is no folder"),
        (output.new_file, tmp_path / "file" / "b.csv", "file is no folder"),
        (output.new_folder, " ", "has no name"),
        (output.new_file, "/dev/null", "no ordinary file"),
    ):
        with pytest.raises(BadInput, match=says):
            check(str(wrong))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_is_written_whole_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output.write_text(str(tmp_path / "x" / "map.csv"), "a,b\n", "2 columns")
    assert (tmp_path / "x" / "map.csv").read_text() == "a,b\n"
    assert capsys.readouterr().err == f"Wrote {tmp_path}/x/map.csv: 2 columns.\n"


def test_a_terminal_acts_on_no_text_from_outside(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "a\x1b[2Jb\u202ec\x9b1md\re"
    output.note(evil)
    output.emit([{"name": evil}], ("name",), False)
    said = capsys.readouterr()
    for text in (said.err, said.out):
        assert not set("\x1b\u202e\x9b\r") & set(text) and r"a\x1b[2Jb\u202ec\x9b1md" in text
    output.note("two\nlines\tof 日本語 and 😀")
    assert capsys.readouterr().err == "two\nlines\tof 日本語 and 😀\n"
