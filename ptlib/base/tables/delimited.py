"""CSV and TSV -> cells. The separator is what all lines agree on; quotes that swallow whole lines are found out.

A quoted cell may span lines. Where each of those lines would be a row of its own (right number of cells, and a value that
its column has elsewhere), a loose quote swallowed them: a .tsv is then read without quoting, anything else is refused.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ptlib.base.tables.cells import MAX_CELL
from ptlib.base.tables.opening import Unreadable

_SEPARATORS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SEP_LINE = re.compile(r'"?sep=(.)"?;*,*', re.IGNORECASE)
_BLANK = "".join(_SEPARATORS) + '" \t\r\n\ufeff\u00a0'
"""A line of these alone holds nothing; spreadsheets write such lines above a table."""
_FEW = 20
"""Different values that a column of labels has at most."""


@dataclass(frozen=True, slots=True)
class Delimited:
    """Cells of a file under its column names."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    places: tuple[int, ...]
    """First line of each row, counted from 1."""
    notes: tuple[str, ...] = ()
    separator: str = ""


@dataclass(frozen=True, slots=True)
class _Record:
    first: int
    last: int
    """Lines it spans, counted from 1."""
    cells: list[str]


class _Broken(Unreadable):
    """One way of reading does not fit the file; another may."""


def read_delimited(name: str, text: str, *, tabs: bool, corner: bool = False) -> Delimited:
    """Rows of a delimited text; `tabs`: its file's name announces them (.tsv); `corner` keeps a first column without a name.

    Raises:
        Unreadable: no separator fits all lines, broken or loose quotes, a name twice, a row of another width; with lines.
    """
    lines = io.StringIO(text, newline="").readlines()
    skipped = next((place for place, line in enumerate(lines) if line.strip(_BLANK)), len(lines))
    if skipped == len(lines):
        return Delimited((), [], ())
    said = _SEP_LINE.fullmatch(lines[skipped].strip(" \r\n"))
    if said:
        return _named(name, _records(name, lines, skipped + 1, said[1]), corner, (), said[1])
    mark, records, notes = _agreed(name, lines, skipped, tabs)
    return _named(name, records, corner, (*notes, *_doubts(name, lines, records, mark)), mark)


def _agreed(name: str, lines: Sequence[str], start: int, tabs: bool) -> tuple[str, list[_Record], tuple[str, ...]]:
    """Read with the separator that fits every line; the announced one first."""
    usual = "\t" if tabs else ","
    candidates = sorted((mark for mark in _SEPARATORS if mark in lines[start]), key=lambda mark: -lines[start].count(mark))
    if usual in candidates:
        candidates = [usual, *(mark for mark in candidates if mark != usual)]
    fitting: dict[str, list[_Record]] = {}
    problems: list[Unreadable] = []
    for mark in candidates or [usual]:
        try:
            found = _records(name, lines, start, mark)
            if len(found[0].cells) > 1 or not candidates:
                fitting[mark] = found
        except _Broken as error:
            problems.append(error)
    if tabs and "\t" not in fitting and "\t" in candidates and (unquoted := _unquoted(lines, start)):
        return (
            "\t",
            unquoted,
            (f"'{name}': quotes are read as plain characters, because read as quotes they do not fit its lines.",),
        )
    if not fitting and problems:
        raise problems[0]
    if not fitting:  # one column whose name holds a separator in quotes
        return usual, _records(name, lines, start, usual), ()
    if (len(fitting) > 1 and usual not in fitting) or _rival(fitting, usual):
        kinds = " and by ".join(_NAMES[mark] for mark in fitting)
        raise Unreadable(
            "rows", f"'{name}' can be read as separated by {kinds}. Put `sep=;` (or the right one) in the first line."
        )
    mark = usual if usual in fitting else next(iter(fitting))
    other = () if mark in (",", "\t") and (mark == "\t") == tabs else (f"'{name}' is separated by {_NAMES[mark]}.",)
    return mark, fitting[mark], other


def _rival(fitting: dict[str, list[_Record]], usual: str) -> bool:
    """Whether another separator fits all lines with as many columns as the usual one."""
    width = len(fitting[usual][0].cells) if usual in fitting else 0
    return usual in fitting and any(len(found[0].cells) >= width for mark, found in fitting.items() if mark != usual)


def _records(name: str, lines: Sequence[str], start: int, mark: str) -> list[_Record]:
    """All records from a line on, of one width. Raises _Broken."""
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(iter(lines[start:]), delimiter=mark, strict=True)
    records: list[_Record] = []
    last = start
    try:
        for cells in reader:
            first, last = last + 1, start + reader.line_num
            if len(cells) > 1 or (cells and cells[0].strip()):
                records.append(_Record(first, last, _fitted(name, records, first, cells)))
    except csv.Error as error:
        raise _Broken(
            "rows", f"'{name}' {_where(last + 1, start + reader.line_num)} is broken ({_plain(error)}). {_HINT}"
        ) from None
    _check_quotes(name, lines, records, mark)
    return records


_HINT = 'Check its quotes: one inside a quoted cell is written twice ("").'


def _plain(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "a quote that opens there is never closed"
    return f"a cell of more than {MAX_CELL:,} characters" if "field limit" in str(error) else str(error)


def _where(first: int, last: int) -> str:
    return f"line {first}" if last <= first else f"lines {first} to {last}"


def _fitted(name: str, records: list[_Record], line: int, cells: list[str]) -> list[str]:
    """The cells of a record, as many as there are columns; empty ones too many are dropped."""
    width = len(records[0].cells) if records else len(cells)
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    if len(cells) != width:
        raise _Broken(
            "rows",
            f"'{name}' line {line} has {len(cells)} cells, but there are {width} columns. "
            "Put texts that hold the separator in double quotes.",
        )
    return cells


def _check_quotes(name: str, lines: Sequence[str], records: list[_Record], mark: str) -> None:
    """Refuse records whose quotes swallowed lines that are rows themselves. Raises _Broken."""
    long = [record for record in records[1:] if record.last > record.first]
    labels = _label_values(records, len(records[0].cells)) if long else {}
    for record in long:
        rows = _lines_of(record, lines, mark)
        if _could_be_rows(rows, record) and any(all(row[place] in known for row in rows) for place, known in labels.items()):
            raise _Broken(
                "rows",
                f"'{name}' lines {record.first} to {record.last}: a quote that opens in line {record.first} swallows lines that "
                "are rows of their own. Close it, write it twice, or take it out.",
            )


def _doubts(name: str, lines: Sequence[str], records: list[_Record], mark: str) -> tuple[str, ...]:
    """A word on cells over several lines that have the right number of cells each, where no column of labels can tell."""
    if not records or _label_values(records, len(records[0].cells)):
        return ()
    found = [
        _where(record.first, record.last) for record in records[1:] if _could_be_rows(_lines_of(record, lines, mark), record)
    ]
    return (f"'{name}': quotes join {', '.join(found[:5])} into one row each; look whether that is meant.",) if found else ()


def _lines_of(record: _Record, lines: Sequence[str], mark: str) -> list[list[str]]:
    """The lines that a record spans, each split as if quotes were plain characters."""
    parts = (line.rstrip("\r\n").split(mark) for line in lines[record.first - 1 : record.last])
    return [[cell.strip().strip('"') for cell in part] for part in parts]


def _could_be_rows(rows: list[list[str]], record: _Record) -> bool:
    return len(rows) > 1 and all(len(row) == len(record.cells) for row in rows)


def _label_values(records: list[_Record], width: int) -> dict[int, set[str]]:
    """Columns with few different values, each of them seen often on rows of one line: place -> its values."""
    rows = [record.cells for record in records[1:] if record.last == record.first]
    found = {place: {row[place].strip() for row in rows} for place in range(width)}
    return {place: values for place, values in found.items() if 0 < len(values) <= _FEW and len(rows) >= 2 * len(values)}


def _unquoted(lines: Sequence[str], start: int) -> list[_Record]:
    """One record a line with quotes as plain characters; empty when the lines are not all of one width."""
    found = [
        _Record(number, number, line.rstrip("\r\n").split("\t"))
        for number, line in enumerate(lines[start:], start + 1)
        if line.strip()
    ]
    return found if len({len(record.cells) for record in found}) == 1 else []


def _named(name: str, records: list[_Record], corner: bool, notes: tuple[str, ...], mark: str) -> Delimited:
    """Rows under the names of the first record; columns without a name are left out and said."""
    if not records:
        return Delimited((), [], ())
    head, *rest = records
    columns = [cell.strip().strip("\ufeff") for cell in head.cells]
    kept = [place for place, column in enumerate(columns) if column or (corner and place == 0)]
    names = tuple(columns[place] for place in kept)
    if len(set(names)) != len(names):
        twice = next(column for column in names if names.count(column) > 1)
        raise Unreadable("rows", f"'{name}' names the column '{twice}' twice in line {head.first}. Give each its own name.")
    for place in sorted(set(range(len(columns))) - set(kept)):
        filled = [record.first for record in rest if record.cells[place].strip()]
        if filled:
            notes += (
                f"'{name}': column {place + 1} has no name, so its {len(filled)} values are not read (first: line {filled[0]}).",
            )
    if again := [record.first for record in rest if record.cells == head.cells]:
        places = ", ".join(map(str, again[:5])) + (" ..." if len(again) > 5 else "")
        notes += (f"'{name}': the column names are repeated in line {places}, which is not read as a row.",)
        rest = [record for record in rest if record.cells != head.cells]
    rows = [[record.cells[place] for place in kept] for record in rest]
    return Delimited(names, rows, tuple(record.first for record in rest), notes, mark)
