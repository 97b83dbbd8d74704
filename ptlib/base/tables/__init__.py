"""The one door for tables that people bring (own tasks, `--data`, `compare`): opening -> decoding -> rows -> cells."""

from ptlib.base.tables.cells import as_answers, as_text, check_spelled, shown
from ptlib.base.tables.doubts import SAID, doubt
from ptlib.base.tables.opening import ENCODINGS, Unreadable, file_bytes, file_text
from ptlib.base.tables.table import SUFFIXES, Row, Table, read_table

__all__ = [
    "ENCODINGS",
    "SAID",
    "SUFFIXES",
    "Row",
    "Table",
    "Unreadable",
    "as_answers",
    "as_text",
    "check_spelled",
    "doubt",
    "file_bytes",
    "file_text",
    "read_table",
    "shown",
]
