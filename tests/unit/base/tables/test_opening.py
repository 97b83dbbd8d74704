"""Files are opened when they are what they claim to be, in the encoding that was named."""

import os
from pathlib import Path

import pytest

from ptlib.base import tables as door
from ptlib.base.tables import Unreadable, read_table


def table(folder: Path, name: str, content: bytes | str) -> door.Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("a.csv", b"PK\x03\x04....", "format", "xlsx"),
        ("a.csv", b"PK\x05\x06" + bytes(18), "format", "empty zip"),
        ("a.csv", b'{"text": "a", "label": "b"}\n{"text": "c", "label": "d"}\n', "format", "ending .jsonl"),
        ("a.tsv", b'\n[{"text": "a", "label": "b"}]', "format", "holds JSON"),
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
