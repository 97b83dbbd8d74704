"""What ended processes left behind in a store: half-written files, and checkpoints that nobody can go on from."""

import shutil
import time
from contextlib import suppress
from pathlib import Path

from ptlib.results.store import Store

PART_S, CHECKPOINT_S = 3600.0, 30 * 86400.0
"""Seconds without a change after which a half-written file, or a checkpoint of an unfinished run, is left behind."""


def sweep(store: Store) -> None:
    """Remove them. What another process writes now is younger than that; what cannot be removed stays."""
    now = time.time()
    for path in store.root.rglob(".part-*") if store.root.is_dir() else ():
        _remove(path, now - PART_S)
    open_runs = store.query("SELECT count(*) FROM runs WHERE state != 'done'")
    for path in (store.root / "checkpoints").glob("*.ckpt"):
        _remove(path, now - (CHECKPOINT_S if open_runs and open_runs[0][0] else PART_S))


def _remove(path: Path, before: float) -> None:
    with suppress(OSError):
        if path.stat().st_mtime < before:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
