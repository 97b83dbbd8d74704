"""Delimited texts: separators, quotes and line ends; what is loose is refused with its lines."""

import json
from pathlib import Path

import pytest

from ptlib.base import tables as door
from ptlib.base.tables import Unreadable, read_table

LOOSE = ['"loose number 3\tneg', "story 4\tpos", "story 5\tneg", 'the "best"\tpos']
ROWS = [f"story {number}\t{('neg', 'pos')[number % 2]}" for number in range(12)]


def table(folder: Path, name: str, content: bytes | str) -> door.Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c"])
def test_letters_that_python_takes_for_line_ends_stay_in_the_text(tmp_path: Path, letter: str) -> None:
    (row,) = table(tmp_path, "a.jsonl", json.dumps({"text": f"a{letter}b"}, ensure_ascii=False)).rows
    assert row["text"] == f"a{letter}b"
    assert len(table(tmp_path, "a.csv", f"text,label\na{letter}b,x\n").rows) == 1


def test_column_names_between_the_rows_are_no_row(tmp_path: Path) -> None:
    found = table(tmp_path, "a.csv", "text,label\na,x\ntext,label\nb,y\n")
    assert [row["text"] for row in found.rows] == ["a", "b"] and found.places == (2, 4)
    assert "repeated in line 3" in found.notes[0]


def test_a_loose_quote_in_a_tsv_is_a_letter(tmp_path: Path) -> None:
    found = table(tmp_path, "a.tsv", "\n".join(["text\tlabel", *ROWS, *LOOSE, *ROWS]))
    assert len(found.rows) == 28 and found.rows[12]["text"] == '"loose number 3' and "plain characters" in found.notes[0]
    lone = table(tmp_path, "b.tsv", "\n".join(["text\tlabel", *ROWS, '"never closed\tneg', *ROWS]))
    assert len(lone.rows) == 25
    kept = table(tmp_path, "c.tsv", "\n".join(["text\tlabel", *ROWS, '"two\nlines and\ta tab"\tneg']))
    assert len(kept.rows) == 13 and kept.rows[-1]["text"] == "two\nlines and\ta tab" and not kept.notes


def test_a_loose_quote_in_a_csv_is_refused_with_its_lines(tmp_path: Path) -> None:
    swap = str.maketrans("\t", ",")
    text = "\n".join(["text,label", *ROWS, '"open,neg', "story,pos", 'story 9",neg', *ROWS]).translate(swap)
    with pytest.raises(Unreadable, match=r"lines 14 to 16: a quote that opens in line 14 swallows lines"):
        table(tmp_path, "a.csv", text)
    first = "\n".join(["label,text", *(",".join(row.split("\t")[::-1]) for row in ROWS), 'neg,"open', "pos,story", 'neg,last"'])
    with pytest.raises(Unreadable, match="lines 14 to 16"):
        table(tmp_path, "b.csv", first)
    with pytest.raises(Unreadable, match=r"lines 14 to 26 is broken \(a quote that opens there is never closed"):
        table(tmp_path, "c.csv", "\n".join(["text,label", *ROWS, '"open,neg', *ROWS]).translate(swap))
    poem = "\n".join(["text,label", *ROWS, '"Roses, red', 'violets, blue",neg', *ROWS]).translate(swap)
    assert len(table(tmp_path, "d.csv", poem).rows) == 25  # no line of it ends with a label
    answers = "\n".join(["q,a", *(f"question {n},answer {n}" for n in range(30)), '"one, two', 'three",answer'])
    assert "lines 32 to 33" in table(tmp_path, "e.csv", answers).notes[0]


def test_values_of_a_nameless_column_are_said(tmp_path: Path) -> None:
    found = table(tmp_path, "a.csv", ",text,label\n0,a,x\n1,b,y\n")
    assert found.columns == ("text", "label") and "2 values are not read (first: line 2)" in found.notes[0]
    (tmp_path / "square.csv").write_text(",a,b\na,1,2\nb,3,4\n")
    assert read_table(tmp_path / "square.csv", corner=True).columns == ("", "a", "b")
