"""A table as it was read: named columns, rows, and where each row stands in its file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ptlib.base.tables.cells import as_text
from ptlib.base.tables.delimited import read_delimited
from ptlib.base.tables.opening import PARQUET, Unreadable, decode, file_bytes, seems
from ptlib.base.tables.parquet import read_parquet
from ptlib.base.tables.records import is_json, read_records

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
MAX_ROWS, MAX_COLUMNS = 1_000_000, 2_000
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a file. Cells are plain values; `texts` turns a column into text."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    places: tuple[int, ...]
    """Line (or row, see `unit`) of each row, counted from 1 as an editor does."""
    unit: str = "line"
    notes: tuple[str, ...] = ()
    """What was decided while reading, in words."""
    separator: str = ""
    """Of a delimited file."""

    def where(self, number: int) -> str:
        """`line 7 of 'a.csv'` for a row of `rows`."""
        return f"{self.unit} {self.places[number]} of '{self.name}'"

    def texts(self, column: str) -> Iterator[str]:
        """A column as text. Raises Unreadable with column, place and type."""
        return (as_text(row.get(column), column, self.where(number)) for number, row in enumerate(self.rows))


def read_table(path: Path, encoding: str = "utf-8", *, corner: bool = False, ending: str = "") -> Table:
    """Read a CSV, TSV, JSON-lines, JSON or Parquet file, as its ending (or the given one) says.

    corner: keep a first column without a name (as ""): square tables have their row names there.

    Raises:
        Unreadable: no such file, too large, another format or encoding than it claims, or broken rows (with the line).
    """
    suffix = ending or path.suffix.lower()
    if suffix not in SUFFIXES:
        raise Unreadable("format", f"'{path.name}' is none of {', '.join(SUFFIXES)}. Save the table in one of these formats.")
    data = file_bytes(path)
    if (data[:4] == PARQUET) != (suffix == ".parquet"):
        what = seems(data) if suffix == ".parquet" else "a Parquet file. Give it the ending .parquet"
        raise Unreadable("rows", f"'{path.name}' is {what or 'no Parquet file'}.".replace("..", "."))
    table = _parse(path.name, suffix, data, encoding, corner)
    if len(table.rows) > MAX_ROWS or len(table.columns) > MAX_COLUMNS:
        raise Unreadable(
            "size",
            f"'{path.name}' has {len(table.rows):,} rows and {len(table.columns):,} columns; at most {MAX_ROWS:,} and "
            f"{MAX_COLUMNS:,} are read. Use a part of it.",
        )
    return table


def _parse(name: str, suffix: str, data: bytes, encoding: str, corner: bool) -> Table:
    if suffix == ".parquet":
        columns, rows = read_parquet(name, data, MAX_ROWS)
        return Table(name, columns, tuple(rows), tuple(range(1, len(rows) + 1)), "row")
    text = decode(name, data, encoding)
    if suffix in (".csv", ".tsv") and is_json(text):
        raise Unreadable("format", f"'{name}' holds JSON. Give it the ending .jsonl (one object a line) or .json (a list).")
    if suffix in (".csv", ".tsv"):
        found = read_delimited(name, text, tabs=suffix == ".tsv", corner=corner)
        named = (dict(zip(found.columns, cells, strict=True)) for cells in found.rows)
        return Table(name, found.columns, tuple(named), found.places, notes=found.notes, separator=found.separator)
    objects, places, unit = read_records(name, suffix, text)
    return replace(Table(name, tuple(dict.fromkeys(key for row in objects for key in row)), tuple(objects), places), unit=unit)
