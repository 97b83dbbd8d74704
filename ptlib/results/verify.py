"""Upkeep of a store: everything read again and held to its checksums, and what ended processes left behind swept away."""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ptlib.base import files, listed, paths
from ptlib.base.errors import PtlibError
from ptlib.base.identity import is_intact
from ptlib.prompts.soft import INFO, SoftPrompt
from ptlib.results import demo, own
from ptlib.results.rows import DamagedItem
from ptlib.results.store import RESULTS, SEALED, Store
from ptlib.tasks.own.stored import SPLITS, damaged_own_tasks, load_own_tasks, own_examples

PART_S, CHECKPOINT_S = 3600.0, 30 * 86400.0
"""Seconds without a change after which a half-written file, or a checkpoint of an unfinished run, is left behind."""


def verify() -> list[DamagedItem]:
    """All that is not what was written: results, the demo's tasks and backbones, own tasks, imported prompts, checkpoints."""
    files.forget()
    store, root = Store(), paths.demo_dir()
    return [
        *demo.read(root).damaged,
        *_embedded(root),
        *own.read(store).damaged,
        *_rows(store),
        *_tasks(),
        *_imported(store),
        *_checkpoints(store),
    ]


def _embedded(root: Path) -> Iterator[DamagedItem]:
    for name in listed.broken(root, root):
        yield DamagedItem("demo", name, str(root / name), "It is missing or was changed. Restore it from the repository.", "demo")


def _rows(store: Store) -> Iterator[DamagedItem]:
    """Curves and speeds; the tables of results tell of themselves."""
    for table in sorted({*SEALED} - {*RESULTS}):
        try:
            rows = store.query(f"SELECT * FROM {table}")
        except PtlibError:  # the database as a whole is listed already
            return
        if broken := sum(not is_intact(dict(row)) for row in rows):
            problem = f"{broken} of {len(rows)} rows are not what was recorded. They are not used."
            yield DamagedItem("database", table, str(store.database), problem, "own")


def _tasks() -> Iterator[DamagedItem]:
    for problem in damaged_own_tasks():
        yield DamagedItem("task", "own task", "", problem, "own")
    for task in load_own_tasks():
        for split in SPLITS:
            try:
                own_examples(task.id, split)
            except PtlibError as error:
                yield DamagedItem("task", f"{task.id} {split}", "", str(error), "own")


def _imported(store: Store) -> Iterator[DamagedItem]:
    for path in sorted((store.root / "imported").rglob(INFO)):
        try:
            SoftPrompt.load(path.parent)
        except PtlibError as error:
            yield DamagedItem("imported prompt", path.parent.name, str(path.parent), str(error), "own")


def _checkpoints(store: Store) -> Iterator[DamagedItem]:
    from ptlib.prompts.checkpoints import is_whole

    for path in sorted((store.root / "checkpoints").glob("*.ckpt")):
        if not is_whole(path):
            yield DamagedItem("checkpoint", path.name, str(path), "It is not used; its run starts anew. Delete it.", "own")


def sweep(store: Store) -> list[Path]:
    """Remove what ended processes left behind, see `left_over`; returns what is gone. What cannot be removed stays."""
    gone = left_over(store)
    for path in gone:
        with suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
    return [path for path in gone if not path.exists()]


def left_over(store: Store, *, young: bool = False) -> list[Path]:
    """Half-written files, and checkpoints that nobody can go on from.

    young: those that another process may be writing now, or whose run may go on, instead.
    """
    open_runs = store.query("SELECT count(*) FROM runs WHERE state != 'done'")
    kept_s = CHECKPOINT_S if open_runs and open_runs[0][0] else PART_S
    parts = [(path, PART_S) for path in store.root.rglob(".part-*")] if store.root.is_dir() else []
    found = [*parts, *((path, kept_s) for path in (store.root / "checkpoints").glob("*.ckpt"))]
    return sorted(path for path, seconds in found if _is_old(path, seconds) is (not young))


def _is_old(path: Path, seconds: float) -> bool | None:
    """Whether nothing touched a file for so long; None when it is gone by now."""
    try:
        return time.time() - path.stat().st_mtime > seconds
    except OSError:
        return None
