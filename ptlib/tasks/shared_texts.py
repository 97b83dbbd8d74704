"""Texts that a source's training data and a target's evaluation data share: counted by the run, read beside its results.

<store>/overlaps/<digest>.json, one a pair of tasks and place of the data. Only tasks that were not generated are compared.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ptlib.base import paths
from ptlib.base.errors import PtlibError
from ptlib.base.files import write_atomically
from ptlib.base.identity import digest
from ptlib.base.progress import Progress
from ptlib.tasks.data import load_training
from ptlib.tasks.task import Example, Task
from ptlib.tasks.text_identity import fingerprint


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many of the target's evaluation examples the source's training examples contain."""

    shared: int
    total: int

    @property
    def share(self) -> float:
        """Fraction 0-1 of the target's examples."""
        return self.shared / self.total if self.total else 0.0


def shared_texts(source: Iterable[Example], target: Iterable[Example]) -> Overlap:
    """Count the target's examples whose texts occur in the source."""
    known = {fingerprint(example) for example in source}
    prints = [fingerprint(example) for example in target]
    return Overlap(sum(item in known for item in prints), len(prints))


def _path(source: str, target: str, data: str | None, root: Path | None = None) -> Path:
    return (root or paths.store_dir()) / "overlaps" / f"{digest({'source': source, 'target': target, 'data': data}, 16)}.json"


def known(source: str, target: str) -> Overlap | None:
    """What the last run that measured this pair counted; None when none did."""
    folder, found = paths.store_dir() / "overlaps", None
    for path in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime) if folder.is_dir() else ():
        found = _read(path, source, target) or found
    return found


def _read(path: Path, *pair: str) -> Overlap | None:
    """A count (of this pair); a lost or broken one is no result: the next run counts again."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return (
            Overlap(int(values["shared"]), int(values["total"])) if pair in ((), (values["source"], values["target"])) else None
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def compare(
    sources: Iterable[Task],
    target: Task,
    evaluation: Sequence[Example],
    *,
    data: str | None,
    root: Path,
    progress: Progress,
) -> None:
    """Count what every source shares with the target, once, and note it; one whose data cannot be had here is passed over."""
    for source in compared(sources, target, data):
        progress.check()
        path = _path(source.id, target.id, data, root)
        found = _read(path) or _count(source, target, evaluation, data, path)
        if found and found.shared:
            progress.note(
                f"{found.shared:,} of the {found.total:,} evaluation texts of {target.id} also stand in the training data of "
                f"{source.id}: a score there is flattered."
            )


def _count(source: Task, target: Task, evaluation: Sequence[Example], data: str | None, path: Path) -> Overlap | None:
    try:
        training = load_training(source, data)
    except PtlibError:
        return None
    found = shared_texts((*training.train, *training.validation), evaluation)
    values = {"source": source.id, "target": target.id, "shared": found.shared, "total": found.total, "data": data}
    write_atomically(path, json.dumps(values).encode())
    return found


def compared(sources: Iterable[Task], target: Task, data: str | None) -> list[Task]:
    """Sources that may share texts with a target: local data all, the target's own, too; else what was not generated.

    An own task was cleaned when it was accepted; the splits of a published one are its authors'.
    """
    if data is not None:
        return list(sources)
    return [task for task in sources if "embedded" not in (task.source, target.source) and task.id != target.id]
