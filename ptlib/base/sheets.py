"""Tables for spreadsheets: a text that a spreadsheet would run as a formula is made plain by an apostrophe."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_BLANK, _BREAK = r"\s\x00-\x20\u00a0\u200b-\u200f\u2060\ufeff", r"\r\n\v\f\x85\u2028\u2029"
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_RUNS = re.compile(rf"^(?=[{_BLANK}]*{_SIGN})|^(?=[\t\r])|(?<=[{_BREAK}])(?=(?:(?![{_BREAK}])[{_BLANK}])*{_SIGN})")
"""Before a formula: at the start or after a line break, blanks in between; the wide forms count, as spreadsheets read them."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def plain(value: object) -> object:
    """A cell as it is, unless it is a text that would run: that gets apostrophes. A plain number is no formula."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    return _RUNS.sub("'", value)


def plain_frame(table: "pd.DataFrame") -> "pd.DataFrame":
    """The same table with harmless cells, column names and index; numbers stay numbers."""
    safe = table.map(plain)
    safe.columns, safe.index = [plain(name) for name in table.columns], table.index.map(plain)
    return safe.rename_axis(index=plain(table.index.name), columns=plain(table.columns.name))


def csv_of(table: "pd.DataFrame") -> str:
    """A table without its index as CSV text."""
    return plain_frame(table).to_csv(index=False, lineterminator="\n")
