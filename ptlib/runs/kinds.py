"""The kinds of runs, by name. A new kind is one entry here; whatever it must say stands in `ptlib.results.kind.Kind`."""

import shlex
from typing import Any

from ptlib.analysis.kinds import CLUSTER, MASK, NEURONS
from ptlib.base.errors import unknown
from ptlib.finetuning.kind import FINETUNE
from ptlib.models.fetch import refuse_offline
from ptlib.projection.kind import PROJECT
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Kind, Spec
from ptlib.transfer.kinds import TRANSFER, TUNE
from ptlib.transfer.starting.kind import STARTS

KINDS: dict[str, Kind[Any, Any]] = {
    kind.name: kind for kind in (TUNE, TRANSFER, NEURONS, MASK, CLUSTER, PROJECT, FINETUNE, STARTS)
}


def kind_of(spec: Spec) -> Kind[Any, Any]:
    """The kind that a spec belongs to."""
    return next(kind for kind in KINDS.values() if kind.spec is type(spec))


def kind_named(name: str) -> Kind[Any, Any]:
    """A kind by the name that the database stores. Raises BadInput: a run of another version of the tool."""
    if name not in KINDS:
        raise unknown("kind of run", name, KINDS)
    return KINDS[name]


def left_of(spec: Spec, catalogue: Catalogue | None = None) -> Any:
    """What a run still has to do (false: nothing), after everything that can refuse it was asked.

    Raises:
        BadInput: the run cannot be carried out.
        NotAvailable: something would have to be fetched while the offline switch is on.
    """
    kind, catalogue = kind_of(spec), catalogue or Catalogue()
    kind.check(spec, catalogue)
    todo = kind.missing(spec, catalogue)
    if todo:
        needs = kind.needs(spec, todo)
        for backbone in needs.backbones:
            refuse_offline(backbone, needs.training, needs.evaluation)
    return todo


def command_line(spec: Spec) -> str:
    """The command that does exactly the same in a terminal; "" where there is none."""
    words = kind_of(spec).command(spec)
    return shlex.join(("python", "-m", "ptlib", *words)) if words else ""
