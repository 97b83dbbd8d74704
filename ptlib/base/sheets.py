"""Tables for spreadsheets: a text that a spreadsheet would run as a formula is made plain by an apostrophe."""

import json
import re
from collections.abc import Mapping
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


def json_of(table: "pd.DataFrame", units: Mapping[str, str], facts: Mapping[str, object]) -> str:
    """A table as JSON: `facts` first, then its columns, each with the unit of its numbers, then its rows; missing is null.

    units: column -> unit; a column of texts needs none.
    """
    columns = [{"name": str(name)} | ({"unit": units[name]} if name in units else {}) for name in table.columns]
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    return json.dumps({**facts, "columns": columns, "rows": rows}, indent=1, ensure_ascii=False)
