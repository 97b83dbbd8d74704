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
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if (values["source"], values["target"]) == (source, target):
                found = Overlap(int(values["shared"]), int(values["total"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a lost or broken note is no result; the next run counts again
    return found


def compare(
    sources: Iterable[Task],
    target: Task,
    evaluation: Sequence[Example],
    *,
    data: str | None,
    root: Path,
    progress: Progress,
) -> None:
    """Count for every source that was not compared with the target yet; one whose data cannot be had here is passed over."""
    for source in missing(sources, target, data, root):
        progress.check()
        try:
            training = load_training(source, data)
        except PtlibError:
            continue
        found = shared_texts((*training.train, *training.validation), evaluation)
        values = {"source": source.id, "target": target.id, "shared": found.shared, "total": found.total, "data": data}
        write_atomically(_path(source.id, target.id, data, root), json.dumps(values).encode())


def missing(sources: Iterable[Task], target: Task, data: str | None, root: Path | None = None) -> list[Task]:
    """Sources whose texts were not yet compared with the target's."""
    if target.source == "embedded":
        return []
    return [task for task in sources if task.source != "embedded" and not _path(task.id, target.id, data, root).exists()]
