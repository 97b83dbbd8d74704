"""The one door for tables: encodings, separators, quotes, types and sizes; each kind of fault with inputs made here."""

from pathlib import Path

import pytest

from ptlib.base import tables as door
from ptlib.base.tables import Unreadable, read_table


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
        ("excel3.csv", "sep=\t\ntext\tlabel\na b\tx\nc\ty\n"),
        ("semicolons.csv", "text;label\na b;x\nc;y\n"),
        ("bars.csv", "text|label\na b|x\nc|y\n"),
        ("tabs.tsv", "text\tlabel\na b\tx\nc\ty\n"),
        ("tabs.csv", "text\tlabel\na b\tx\nc\ty\n"),
        ("commas.tsv", "text,label\na b,x\nc,y\n"),
        ("mac.csv", "text,label\ra b,x\rc,y\r"),
        ("mark.csv", b"\xef\xbb\xbftext,label\na b,x\nc,y\n"),
        ("blank.csv", "\n\n  \ntext,label\na b,x\n\nc,y\n"),
        ("empty lines.csv", ',,\n ; ;\n"",""\ntext,label\na b,x\nc,y\n'),
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


LOOSE = ['"loose number 3\tneg', "story 4\tpos", "story 5\tneg", 'the "best"\tpos']
ROWS = [f"story {number}\t{('neg', 'pos')[number % 2]}" for number in range(12)]


def test_a_table_may_not_be_too_wide(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(3000))
    with pytest.raises(Unreadable, match="3,000 columns"):
        table(tmp_path, "a.csv", f"{names}\n{names}\n")
