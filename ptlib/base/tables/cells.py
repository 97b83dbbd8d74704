"""One cell -> text, or a refusal that names column, place and type. No value becomes text by Python's own spelling."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from ptlib.base.tables.opening import Unreadable

_UNSEEN = "\u200b\u2060\ufeff\u00ad\u200e\u200f"
"""Characters without width: a cell of these alone is empty."""
MAX_CELL = 1_000_000
"""Characters of one cell; more is no text that anybody labels."""
_SPELLED = re.compile(
    r"""b(['"]).*\1|\[\s*(['"]).*\2\s*\]|\{\s*(['"])[^'"]*\3\s*:.*\}|array\(.*\)|<[\w. ]+ object at 0x[0-9a-f]+>""", re.DOTALL
)
_KINDS = {"bytes": "bytes that are no UTF-8", "ndarray": "a list", "list": "a list", "tuple": "a list", "dict": "an object"}


def as_text(value: object, column: str, where: str) -> str:
    """Text of a cell, without blanks around it; "" for an empty or missing one, and where there is nothing to be seen.

    Whole numbers lose a decimal point, booleans are "true" and "false", bytes are read as UTF-8.

    Raises:
        Unreadable: a list, an object, bytes that are no text, an infinite number, or a cell of unreasonable length.
    """
    text = _scalar(value)
    if text is None:
        hint = " Join its parts into one text first." if isinstance(value, (list, tuple)) else " Turn the column into text first."
        raise Unreadable("cells", f"Column '{column}' holds {kind_of(value)}, no text, in {where}.{hint}")
    if len(text) > MAX_CELL:
        raise Unreadable("cells", f"Column '{column}' holds {len(text):,} characters in {where}; at most {MAX_CELL:,} are read.")
    if any("\ud800" <= letter <= "\udfff" for letter in text) if not text.isascii() else False:
        raise Unreadable("cells", f"Column '{column}' holds half a character (a lone surrogate) in {where}. Correct the text.")
    text = text.strip()
    return text if text.isascii() or text.strip(_UNSEEN + " \u00a0") else ""


def _scalar(value: object) -> str | None:
    """Text of a plain value; None for what is none."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -(10**40) < value < 10**40 else None
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value.is_finite() else None
    return _decoded(value) if isinstance(value, bytes) else None


def _number(value: float) -> str | None:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def kind_of(value: object) -> str:
    """The type of a cell in words."""
    if isinstance(value, float):
        return "an infinite number"
    if isinstance(value, int):
        return "a number of more than 40 digits"
    return _KINDS.get(type(value).__name__, f"a value of type {type(value).__name__}")


def spelled(cells: Iterable[object]) -> str:
    """The first cell where every one is what Python or JSON writes for a list, an object or bytes; "" otherwise.

    A spreadsheet or `to_csv` leaves `['a', 'b']` or `b'a'` where texts were.
    """
    texts = (cell for cell in cells if cell is not None and cell != "")
    first = next(texts, None)
    is_so = isinstance(first, str) and _SPELLED.fullmatch(first.strip())
    return str(first) if is_so and all(isinstance(cell, str) and _SPELLED.fullmatch(cell.strip()) for cell in texts) else ""


def check_spelled(name: str, cells: Iterable[object]) -> None:
    """Raise Unreadable for a column that holds lists or bytes spelled as text."""
    if found := spelled(cells):
        raise Unreadable(
            "cells",
            f"Column '{name}' holds lists, objects or bytes that were written out as text: {found[:60]}. "
            "Save the table as Parquet or JSON lines, or write plain text into it.",
        )


def as_answers(value: Any, column: str, where: str) -> tuple[str, ...]:
    """Accepted answers of a cell: a plain value, a list of them, or SQuAD's {"text": [...]}; repeated ones once.

    Raises:
        Unreadable: as `as_text`, for the cell or a part of it.
    """
    if isinstance(value, Mapping):
        if "text" not in value:
            raise Unreadable("cells", f"Column '{column}' holds an object without 'text' in {where}. Give a text or a list.")
        value = value["text"]
    many = value if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)) else (value,)
    return tuple(dict.fromkeys(text for item in many if (text := as_text(item, column, where))))


def shown(value: object) -> str:
    """A cell for a preview: its text, or what it is in brackets; never raises."""
    text = _scalar(value)
    return text.strip() if text is not None else f"({kind_of(value)})"
