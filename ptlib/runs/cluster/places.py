"""Which node works on what: written by the driver, read by pages. A file beside the database, gone with the driver."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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
        return tuple(map(_row, json.loads((files.json_or_none(path) or {})["rows"])))
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()


def _row(told: dict[str, Any]) -> Row:
    """A row as it was written; raises for anything else."""
    texts = {name: str(told[name])[:LONGEST] for name in ("node", "device", "backbone", "run_id", "part")}
    return Row(**texts, since=None if told["since"] is None else float(told["since"]))


def forget(store: Store) -> None:
    """The driver ends."""
    with suppress(OSError):
        _path(store).unlink(missing_ok=True)
