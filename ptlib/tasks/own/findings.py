"""What the check of one's own task found: said on the command line, shown in the app, kept with the task."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
_SHOWN, _KEPT = 5, 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of the check."""

    severity: Severity
    """error = not accepted; warning = accepted, with the stated consequence."""
    code: str
    message: str
    rows: tuple[int, ...] = ()
    """The first rows concerned, by their line in the file (of Parquet: their number), counted from 1."""
    count: int = 0
    """How many rows are concerned."""


def about_rows(severity: Severity, code: str, what: str, places: Sequence[int], unit: str) -> Finding:
    """A finding on some rows; `what` holds {count} and {rows}, e.g. `{count} are empty: {rows}`; other braces are letters."""
    named = (
        f"{unit}{'s' if len(places) > 1 else ''} {', '.join(map(str, places[:_SHOWN]))}{' ...' if len(places) > _SHOWN else ''}"
    )
    count = f"{len(places)} row{'s' if len(places) > 1 else ''}"
    return Finding(severity, code, what.replace("{count}", count).replace("{rows}", named), tuple(places[:_KEPT]), len(places))
