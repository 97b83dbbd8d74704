"""Carrying a run out, whatever its kind; in a worker or in the command line's process."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ptlib.base.progress import Progress
from ptlib.models.fetch import fetch_all
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Spec, Work
from ptlib.results.store import Store
from ptlib.runs.kinds import kind_of

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
        needs = kind.needs(spec, todo)
        for backbone in needs.backbones:
            fetch_all(backbone, needs.training, needs.evaluation, progress)
        kind.execute(spec, todo, (make or torch_work)(progress, device, store, catalogue))
    return todo


def release() -> None:
    """Give device memory that a finished or stopped run held back to the system; the kept backbone stays."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
