"""The one door for tables: encodings, separators, quotes, types and sizes; each kind of fault with inputs made here."""

import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ptlib.base import tables as door
from ptlib.base.tables import Unreadable, as_answers, as_text, read_table, shown
from ptlib.base.tables.parquet import MAX_BYTES


def table(folder: Path, name: str, content: bytes | str) -> door.Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", "text,label\na b,x\nc,y\n"),
        ("excel.csv", "sep=;\r\ntext;label\r\na b;x\r\nc;y\r\n"),
        ("excel2.csv", '"sep=|"\ntext|label\na b|x\nc|y\n'),
        ("semicolons.csv", "text;label\na b;x\nc;y\n"),
        ("bars.csv", "text|label\na b|x\nc|y\n"),
        ("tabs.tsv", "text\tlabel\na b\tx\nc\ty\n"),
        ("tabs.csv", "text\tlabel\na b\tx\nc\ty\n"),
        ("commas.tsv", "text,label\na b,x\nc,y\n"),
        ("mac.csv", "text,label\ra b,x\rc,y\r"),
        ("mark.csv", b"\xef\xbb\xbftext,label\na b,x\nc,y\n"),
        ("blank.csv", "\n\n  \ntext,label\na b,x\n\nc,y\n"),
        ("nameless.csv", "text,label,,\na b,x,,\nc,y,,\n"),
        ("trailing.csv", "text,label\na b,x,,\nc,y,\n"),
        ("quoted.csv", '"text","label"\n"a b","x"\nc,"y"\n'),
        ("lines.jsonl", '{"text": "a b", "label": "x"}\r\n\r\n{"text": "c", "label": "y"}\r\n'),
        ("mark.jsonl", b'\xef\xbb\xbf{"text": "a b", "label": "x"}\n{"text": "c", "label": "y"}'),
        ("list.json", '[{"text": "a b", "label": "x"}, {"text": "c", "label": "y"}]'),
        ("list.jsonl", '[{"text": "a b", "label": "x"},\n {"text": "c", "label": "y"}]'),
        ("lines.json", '{"text": "a b", "label": "x"}\n{"text": "c", "label": "y"}\n'),
    ],
)
def test_one_table_in_many_spellings(tmp_path: Path, name: str, content: bytes | str) -> None:
    found = table(tmp_path, name, content)
    assert found.columns == ("text", "label")
    assert [tuple(row[column] for column in found.columns) for row in found.rows] == [("a b", "x"), ("c", "y")]


def test_rows_know_their_lines(tmp_path: Path) -> None:
    found = table(tmp_path, "a.csv", '\ntext,label\n"one\ntwo, three\n\n",x\nc,y\n\nd,x\n')
    assert found.places == (3, 7, 9) and found.where(1) == "line 7 of 'a.csv'"
    assert found.rows[0]["text"] == "one\ntwo, three\n\n"
    assert table(tmp_path, "a.jsonl", '\n{"a": 1}\n\n{"a": 2}\n').places == (2, 4)


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c"])
def test_letters_that_python_takes_for_line_ends_stay_in_the_text(tmp_path: Path, letter: str) -> None:
    (row,) = table(tmp_path, "a.jsonl", json.dumps({"text": f"a{letter}b"}, ensure_ascii=False)).rows
    assert row["text"] == f"a{letter}b"
    assert len(table(tmp_path, "a.csv", f"text,label\na{letter}b,x\n").rows) == 1


LOOSE = ['"loose number 3\tneg', "story 4\tpos", "story 5\tneg", 'the "best"\tpos']
ROWS = [f"story {number}\t{('neg', 'pos')[number % 2]}" for number in range(12)]


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


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("a.csv", b"PK\x03\x04....", "format", "xlsx"),
        ("a.tsv", b"\xd0\xcf\x11\xe0\xa1\xb1", "format", "xls"),
        ("a.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "format", "git lfs pull"),
        ("a.jsonl", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "format", "git lfs pull"),
        ("a.parquet", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "rows", "git lfs pull"),
        ("a.csv", b"\x1f\x8b\x08\x00abc", "format", "gzip"),
        ("a.json", b"\n <!DOCTYPE html><html>", "format", "HTML"),
        ("a.csv", b"<?xml version='1.0'?><a/>", "format", "XML"),
        ("a.csv", b"%PDF-1.7", "format", "PDF"),
        ("a.csv", "text,label\na,b\n".encode("utf-16"), "encoding", "UTF-16"),
        ("a.jsonl", '{"a": 1}\n'.encode("utf-16-le"), "encoding", "UTF-16 without a mark"),
        ("a.csv", "text,label\na,b\n".encode("utf-32"), "encoding", "UTF-32"),
        ("a.csv", b"text,label\ncaf\xe9,b\n", "encoding", "line 2 holds the byte 0xe9"),
        ("a.csv", b"PAR1....", "rows", ".parquet"),
        ("a.parquet", b"text,label\na,b\n", "rows", "no Parquet"),
        ("a.parquet", b"PAR1 cut off", "rows", "no sound Parquet"),
        ("a.csv", b"text,label\na,b,c\n", "rows", "line 2 has 3 cells"),
        ("a.csv", b"text,label\na\n", "rows", "line 2 has 1 cells"),
        ("a.csv", b"text,label,text\na,b,c\n", "rows", "'text' twice"),
        ("a.csv", b'text,label\n"a "b" c",x\n', "rows", "line 2 is broken"),
        ("a.csv", b"a;b,c\n1;2,3\n4;5,6\n", "rows", "separated by"),
        ("a.json", b'{"text": ["a"], "label": ["b"]}', "rows", "one object"),
        ("a.jsonl", b'{"a": 1}\n{"a": 1, "a": 2}\n', "rows", "line 2 names 'a' twice"),
        ("a.jsonl", b'{"a": 1}\n[2]\n', "rows", "must hold objects"),
        ("a.jsonl", b'{"a": ' + b"[" * 60_000, "rows", "line 1 is no JSON"),
        ("a.txt", b"text,label\n", "format", ".csv"),
    ],
)
def test_what_a_file_seems_to_be_is_said(tmp_path: Path, name: str, content: bytes, code: str, says: str) -> None:
    with pytest.raises(Unreadable) as error:
        table(tmp_path, name, content)
    assert error.value.code == code and says in str(error.value) and "\n" not in str(error.value)


def test_texts_in_utf8_are_not_garbled_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nпривет,x\n", encoding="utf-8")
    with pytest.raises(Unreadable, match="is UTF-8, not cp1252"):
        read_table(tmp_path / "a.csv", "cp1252")
    (tmp_path / "b.csv").write_text("text,label\nпривет,x\n", encoding="cp1251")
    assert read_table(tmp_path / "b.csv", "cp1251").rows[0]["text"] == "привет"


def test_what_is_no_ordinary_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(Unreadable, match="no ordinary file"):
        read_table(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(Unreadable, match="is a folder"):
        read_table(tmp_path / "folder.csv")
    for path in (tmp_path / "none.csv", tmp_path / "a\0b.csv"):
        with pytest.raises(Unreadable, match="cannot be opened"):
            read_table(path)


def test_a_small_parquet_may_not_unpack_to_a_gigabyte(tmp_path: Path) -> None:
    long = "a" * (MAX_BYTES // 900)
    pq.write_table(
        pa.table({"text": pa.array([long] * 1000), "label": pa.array([1] * 1000)}), tmp_path / "a.parquet", compression="zstd"
    )
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    with pytest.raises(Unreadable, match="unpacks to"):
        read_table(tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": pa.nulls(2_000_000, pa.string())}), tmp_path / "b.parquet")
    with pytest.raises(Unreadable, match="2,000,000 rows"):
        read_table(tmp_path / "b.parquet")
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "c.parquet")
    with pytest.raises(Unreadable, match="'a' twice"):
        read_table(tmp_path / "c.parquet")


def test_a_table_may_not_be_too_wide(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(3000))
    with pytest.raises(Unreadable, match="3,000 columns"):
        table(tmp_path, "a.csv", f"{names}\n{names}\n")


def test_values_of_a_nameless_column_are_said(tmp_path: Path) -> None:
    found = table(tmp_path, "a.csv", ",text,label\n0,a,x\n1,b,y\n")
    assert found.columns == ("text", "label") and "2 values are not read (first: line 2)" in found.notes[0]
    (tmp_path / "square.csv").write_text(",a,b\na,1,2\nb,3,4\n")
    assert read_table(tmp_path / "square.csv", corner=True).columns == ("", "a", "b")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        ("  a b ", "a b"),
        (True, "true"),
        (False, "false"),
        (1900, "1900"),
        (1900.0, "1900"),
        (0.1, "0.1"),
        (b"caf\xc3\xa9", "café"),
        (Decimal("1.50"), "1.5"),
        (date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_a_cell_becomes_text_by_rule(value: object, text: str) -> None:
    assert as_text(value, "c", "line 1") == text == shown(value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"caf\xe9", "bytes that are no UTF-8"),
        (["a", "b"], "a list"),
        ({"a": 1}, "an object"),
        (float("inf"), "an infinite number"),
        (10**4000, "more than 40 digits"),
        (object(), "type object"),
        ("a" * 1_000_001, "1,000,001 characters"),
        ("a\ud800b", "surrogate"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(value: object, says: str) -> None:
    with pytest.raises(Unreadable) as error:
        as_text(value, "words", "line 7 of 'a.jsonl'")
    assert says in str(error.value) and "'words'" in str(error.value) and "line 7" in str(error.value)


def test_answers_are_texts_lists_or_squads_object() -> None:
    assert as_answers(1900, "a", "line 1") == ("1900",) and as_answers(True, "a", "line 1") == ("true",)
    assert as_answers([1, "one", None, 1.0], "a", "line 1") == ("1", "one")
    assert as_answers({"text": ["x", "x"], "answer_start": [1, 2]}, "a", "line 1") == ("x",)
    assert as_answers(None, "a", "line 1") == as_answers([], "a", "line 1") == ()
    for value in ({"start": 1}, [["a"]], [{"text": "a"}]):
        with pytest.raises(Unreadable, match="line 1"):
            as_answers(value, "a", "line 1")
