"""Which node works on what: written by the driver, read by pages. A file beside the database, gone with the driver."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ptlib.base import files
from ptlib.base.errors import PtlibError
from ptlib.results.store import Store

LONGEST = 120
"""Characters of a text that a node said of itself."""


@dataclass(frozen=True, slots=True)
class Row:
    """One hand, and what it does now."""

    node: str
    device: str
    backbone: str
    """The one that it holds, or is about to load; "" = none yet."""
    run_id: str = ""
    """ "" = it does nothing."""
    part: str = ""
    """In words."""
    since: float | None = None
    """When it was given that; seconds since the epoch."""


def _path(store: Store) -> Path:
    return store.root / "cluster.json"


def write(store: Store, rows: Sequence[Row]) -> None:
    """Write down who works on what; what cannot be written stops nothing."""
    with suppress(PtlibError):
        files.name_process(_path(store), rows=json.dumps([asdict(row) for row in rows]))


def read(store: Store | None = None) -> tuple[Row, ...]:
    """Who works on what now; nobody when the driver has ended, or there was none."""
    path = _path(store or Store())
    if files.named_process(path) is None:
        return ()
    try:
        told = json.loads((files.json_or_none(path) or {})["rows"])
        return tuple(Row(**{name: _short(value) for name, value in row.items()}) for row in told)
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()


def _short(value: object) -> object:
    return value[:LONGEST] if isinstance(value, str) else value


def forget(store: Store) -> None:
    """The driver ends."""
    with suppress(OSError):
        _path(store).unlink(missing_ok=True)
