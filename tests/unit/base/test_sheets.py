"""No cell, name or index of an exported table runs in a spreadsheet; numbers stay numbers."""

import csv
import io
import json

import pandas as pd
import pytest

from ptlib.base.sheets import csv_of, json_of, plain, plain_frame

RUNS = (
    "=1+1",
    "+cmd|x",
    "-cmd|x",
    "@sum(A1)",
    " =1",
    "\t=1",
    "\n=1",
    "\r\n  @x",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b=1",
    "＝1+1",
    "\t",
    "\rx",
)


@pytest.mark.parametrize("text", RUNS)
def test_what_would_run_gets_an_apostrophe(text: str) -> None:
    safe = plain(text)
    assert isinstance(safe, str) and safe.replace("'", "") == text
    assert safe.lstrip("\r\n").startswith("'") or safe.startswith("'")


def test_a_formula_after_a_line_break_inside_a_cell_is_plain_too() -> None:
    assert plain("fine\n =1\r\n-x") == "fine\n' =1\r\n'-x"


@pytest.mark.parametrize("value", ["text", "a=b", "e-mail@x", "", "-0.5", "+3e-4", -1, 2.5, None, True, "7"])
def test_everything_else_stays_as_it_is(value: object) -> None:
    assert plain(value) is value


def test_names_of_columns_and_rows_are_guarded() -> None:
    table = pd.DataFrame({"=a": [1, 2], "b": ["=x", "y"]}, index=["@i", "j"])
    safe = plain_frame(table)
    assert list(safe.columns) == ["'=a", "b"] and list(safe.index) == ["'@i", "j"]
    rows = list(csv.reader(io.StringIO(csv_of(table))))
    assert rows == [["'=a", "b"], ["1", "'=x"], ["2", "y"]]


def test_every_csv_is_written_through_the_guard() -> None:
    from ptlib.base import paths

    for path in (*(paths.ROOT / "ptlib").rglob("*.py"), *(paths.ROOT / "pages").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "to_csv(" in text or "csv.writer(" in text:
            assert "from ptlib.base.sheets import" in text or path.name == "sheets.py", f"{path} writes a CSV without the guard"


def test_json_names_units_and_keeps_every_digit_and_what_is_missing() -> None:
    table = pd.DataFrame({"task": ["a", "b"], "score": [1 / 3, None]})
    told = json.loads(json_of(table, {"score": "fraction", "other": "s"}, {"title": "Scores"}))
    assert told["title"] == "Scores" and told["columns"] == [{"name": "task"}, {"name": "score", "unit": "fraction"}]
    assert told["rows"] == [{"task": "a", "score": pytest.approx(1 / 3, abs=1e-15)}, {"task": "b", "score": None}]
