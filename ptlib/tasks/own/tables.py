"""Read the tables that users bring: CSV, JSON lines or Parquet -> rows of text, with errors that name the line."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptlib.base.errors import BadInput

MAX_BYTES = 512 * 2**20
MAX_ROWS = 1_000_000
ENCODINGS = ("utf-8", "cp1252", "latin-1", "cp1251", "koi8-r", "gb18030", "shift_jis", "euc-kr")
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
Row = Mapping[str, Any]


class Unreadable(BadInput):
    """A file that is not what it claims to be; `code` says which check failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_table(path: Path, encoding: str = "utf-8") -> list[Row]:
    """All rows of a table.

    Raises:
        Unreadable: no such file, too large, wrong encoding, or broken rows (with the line).
    """
    if path.suffix.lower() not in SUFFIXES:
        raise Unreadable("format", f"'{path.name}' is none of {', '.join(SUFFIXES)}. Save the table in one of these formats.")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Unreadable(
                "size", f"'{path.name}' has {size / 2**20:.0f} MB; at most {MAX_BYTES // 2**20} MB are read. Use a part of it."
            )
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable("file", f"'{path.name}' cannot be opened ({error.strerror}). Check the path.") from None
    rows = _parquet(path.name, data) if path.suffix.lower() == ".parquet" else _text_rows(path, decode(path.name, data, encoding))
    if len(rows) > MAX_ROWS:
        raise Unreadable("size", f"'{path.name}' has {len(rows):,} rows; at most {MAX_ROWS:,} are read. Use a part of it.")
    return rows


def decode(name: str, data: bytes, encoding: str) -> str:
    """Text of a file; a byte-order mark is dropped. Raises Unreadable naming the first bad line."""
    if encoding.lower() not in ENCODINGS:
        raise Unreadable("encoding", f"'{encoding}' is no encoding that is read here. Use one of: {', '.join(ENCODINGS)}.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("encoding", f"'{name}' is UTF-16. Save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\").")
    try:
        text = data.decode("utf-8-sig" if encoding.lower() == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            "encoding",
            f"'{name}' is not {encoding}: line {line} holds the byte 0x{data[error.start]:02x}. "
            "Save it as UTF-8, or name its encoding in the form (often cp1252).",
        ) from None
    if "\0" in text:
        raise Unreadable("encoding", f"'{name}' holds zero bytes, so it is no text file. Save it as UTF-8.")
    return text


def _text_rows(path: Path, text: str) -> list[Row]:
    if path.suffix.lower() in (".csv", ".tsv"):
        return _csv(path.name, text, "\t" if path.suffix.lower() == ".tsv" else "")
    if path.suffix.lower() == ".json":
        return _objects(path.name, _json(path.name, text, 1))
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return _objects(path.name, [_json(path.name, line, number) for number, line in lines])


def _json(name: str, text: str, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("rows", f"'{name}' line {line} is no JSON ({str(error)[:80]}). Write one object per line.") from None


def _objects(name: str, values: Any) -> list[Row]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise Unreadable("rows", f'\'{name}\' must hold objects like {{"text": "...", "label": "..."}}, one for each row.')
    return values


def _csv(name: str, text: str, delimiter: str) -> list[Row]:
    header = text.split("\n", 1)[0]
    delimiter = delimiter or max(",;\t", key=header.count)
    csv.field_size_limit(16 * 2**20)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [column.strip() for column in next(reader, [])]
        if len(set(columns)) != len(columns):
            raise Unreadable("rows", f"'{name}' names a column twice in its first line. Give each column its own name.")
        rows: list[Row] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                raise Unreadable(
                    "rows",
                    f"'{name}' line {reader.line_num} has {len(cells)} cells, but there are {len(columns)} columns. "
                    "Put texts that hold the separator in double quotes.",
                )
            rows.append(dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise Unreadable("rows", f"'{name}' line {reader.line_num} is broken ({error}). Check its quotes.") from None
    return rows


def _parquet(name: str, data: bytes) -> list[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        if file.metadata.num_rows > MAX_ROWS:
            raise Unreadable(
                "size", f"'{name}' has {file.metadata.num_rows:,} rows; at most {MAX_ROWS:,} are read. Use a part of it."
            )
        return file.read().to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise Unreadable("rows", f"'{name}' is no sound Parquet file ({str(error)[:100]}).") from None
