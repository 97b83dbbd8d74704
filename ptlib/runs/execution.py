"""Carrying a run out, whatever its kind; in a worker or in the command line's process."""

import gc
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ptlib.base.errors import BadInput
from ptlib.base.progress import Progress
from ptlib.hub.revisions import Repo, read_pin
from ptlib.models.fetch import fetch_all
from ptlib.models.spec import BackboneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Spec, Work
from ptlib.results.store import Store
from ptlib.runs.kinds import kind_of
from ptlib.tasks.task import Task

MakeWork = Callable[[Progress, str, Store, Catalogue], Work]
"""(progress, device as asked for, store, catalogue) -> what a run works with."""


def torch_work(progress: Progress, device: str, store: Store, catalogue: Catalogue) -> Work:
    """What real runs work with. The torch side is loaded here and nowhere before."""
    from ptlib.runs.work import TorchWork

    return TorchWork(progress, device, store, catalogue)


def execute(
    spec: Spec,
    progress: Progress,
    device: str = "auto",
    *,
    store: Store | None = None,
    demo: Path | None = None,
    make: MakeWork | None = None,
) -> Any:
    """Carry out a run. Returns what it had to do; false when all was there.

    store, demo: where results go and where they may be taken from, when not the usual places.

    Raises:
        BadInput, RunFailed, Damaged: with a message for the user; what was finished before is saved.
        Cancelled: somebody asked to stop.
    """
    store = store or Store()
    kind, catalogue = kind_of(spec), Catalogue(demo, store.root)
    kind.check(spec, catalogue)
    todo = kind.missing(spec, catalogue)
    if todo:
        carry_out(spec, todo, progress, device, store=store, catalogue=catalogue, make=make)
    return todo


def carry_out(
    spec: Spec,
    todo: Any,
    progress: Progress,
    device: str,
    *,
    store: Store,
    catalogue: Catalogue,
    make: MakeWork | None = None,
) -> None:
    """Do what is left of a run, or a part of it: fetch what it needs, then execute. Raises as `execute`."""
    kind = kind_of(spec)
    needs = kind.needs(spec, todo)
    for backbone in needs.backbones:
        fetch_all(backbone, needs.training, needs.evaluation, progress)
        hold_to_commits(store, backbone, (*needs.training, *needs.evaluation))
    kind.execute(spec, todo, (make or torch_work)(progress, device, store, catalogue))


def hold_to_commits(store: Store, backbone: BackboneSpec, tasks: Iterable[Task]) -> None:
    """Results under one name are of one commit of the Hub; the first that was used is remembered.

    Raises:
        BadInput: a branch stands elsewhere now, e.g. because the Hub's cache was emptied since.
    """
    repos = [Repo(place.repo, "dataset", place.revision) for task in tasks for place in task.hub]
    if backbone.source == "hub":
        repos.append(Repo(backbone.location, "model", backbone.revision))
    for repo in dict.fromkeys(repos):
        if (pin := read_pin(repo)) is None:
            continue
        hold_to_commit(store, f"{COMMIT}{repo.kind} {repo.id}@{repo.revision}", pin.commit)


COMMIT = "commit of "
"""With the kind, name and revision of a repository: the key of its commit in the table `meta`."""


def hold_to_commit(store: Store, key: str, commit: str) -> None:
    """The same for one repository."""
    if not store.query("SELECT 1 FROM meta WHERE key = ?", (key,)):
        with store.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, commit))
    first = store.query("SELECT value FROM meta WHERE key = ?", (key,))[0][0]
    if first != commit:
        name, _, revision = key.removeprefix(COMMIT).partition(" ")[2].rpartition("@")
        raise BadInput(
            f"'{name}' at '{revision}' is commit {commit[:12]} now; what is stored here was made with {first[:12]}, and results "
            "of the two would share a map. Use another PTLIB_CACHE for the new one, or put the old commit back into the Hub's "
            "cache."
        )


def release() -> None:
    """Give device memory that a finished or stopped run held back to the system; the kept backbone stays."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
