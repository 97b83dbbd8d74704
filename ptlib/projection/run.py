"""Carrying out a projection: one fit a held-out seed, saved before the next begins; an interrupted fit goes on."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptlib.base.errors import BadInput
from ptlib.base.progress import Fan, Progress
from ptlib.models.registry import get_backbone
from ptlib.projection.material import Key, Material, collect, common_tasks, prompt_keys
from ptlib.projection.spec import ProjectSpec, fold_id, title
from ptlib.projection.stored import folds, pack_fold
from ptlib.projection.words import vocabulary_of
from ptlib.prompts.spec import default_settings
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Work
from ptlib.tasks.registry import get_task

if TYPE_CHECKING:
    from ptlib.projection.fitting.starts import Job
    from ptlib.projection.projector import Projector


def check(spec: ProjectSpec, catalogue: Catalogue) -> tuple[str, ...]:
    """Refuse what cannot run, before anything is loaded. Returns the common tasks.

    Raises:
        BadInput: unknown models or tasks, no common task, a training task without prompts, or too few pairs.
    """
    source, target = get_backbone(spec.source), get_backbone(spec.target)
    for name in (*spec.tasks, *spec.columns):
        get_task(name)
    if source.id not in catalogue.backbones():
        raise BadInput(f"There are no prompts of '{spec.source}' yet, so nothing can be carried over. Tune some in the Lab.")
    common = common_tasks(spec, catalogue, target.family)
    for name in (*spec.tasks, *spec.columns):
        if name not in common:
            raise BadInput(
                f"'{name}' is not common to both models: it needs prompts of the seeds {', '.join(map(str, spec.seeds))} on "
                f"'{spec.source}' and label words for {target.family} models. Common: {', '.join(common)}."
            )
    if spec.method in ("distance", "anchors"):
        _check_pairs(spec, prompt_keys(catalogue, spec.target) if spec.target in catalogue.backbones() else {}, common)
    return common


def _check_pairs(spec: ProjectSpec, theirs: dict[Key, str], common: Sequence[str]) -> None:
    """Refuse fewer than two pairs in any fit."""
    tasks = spec.tasks if spec.method == "distance" else common
    for held_out in spec.seeds:
        pairs = [(task, seed) for task in tasks for seed in spec.fitted_seeds(held_out) if (task, seed) in theirs]
        if len(pairs) < 2:
            raise BadInput(
                f"There {'is 1 pair' if len(pairs) == 1 else f'are {len(pairs)} pairs'} of prompts of the same task and seed on "
                f"'{spec.source}' and '{spec.target}' when seed {held_out} is held out; this method needs at least 2. Name more "
                "tasks or seeds, or tune them on both models."
            )


def missing(spec: ProjectSpec, catalogue: Catalogue) -> tuple[int, ...]:
    """Held-out seeds whose matrix is not stored, undamaged."""
    done = folds(spec, catalogue)
    return tuple(seed for seed in spec.seeds if seed not in done)


def units(spec: ProjectSpec, todo: Sequence[int], columns: int = 13) -> tuple[float, float]:
    """(training rows, predictions) of the missing part, for an estimate of its time."""
    lines = columns + 5 + 6
    return (
        float(len(todo) * spec.steps * spec.batch_size if spec.trains else 0),
        float(len(todo) * columns * lines * (spec.limit or 300)),
    )


def execute(spec: ProjectSpec, todo: Sequence[int], work: Work) -> None:
    """Fit, measure and store the held-out seeds that `missing` named; each is saved before the next begins.

    Raises:
        BadInput, RunFailed, Damaged, Cancelled: with a message for the user; finished fits are saved.
    """
    common = check(spec, work.catalogue)
    words = (vocabulary_of(work.model(spec.source)), vocabulary_of(work.model(spec.target)))
    material = collect(spec, work.catalogue, words, common)
    for done, seed in enumerate(todo):
        _Fold(spec, seed, material, work, Parts(work.progress, done, len(todo))).execute(spec.columns or common)


class Parts(Fan):
    """Progress of one of several equal parts: its phases become slices of the whole."""

    def __init__(self, progress: Progress, done: int, total: int) -> None:
        super().__init__(progress)
        self.done, self.total = done, total

    def phase(self, name: str, done: int, total: int) -> None:
        """Report the part's units, counted from the beginning of the run."""
        super().phase(name, self.done * total + done, self.total * total)


@dataclass(frozen=True, slots=True)
class _Fold:
    """One held-out seed on its way."""

    spec: ProjectSpec
    seed: int
    material: Material
    work: Work
    progress: Progress

    def execute(self, columns: Sequence[str]) -> None:
        """Fit, or take the projector of an interrupted run; measure; store both."""
        from ptlib.projection.fitting.starts import Job
        from ptlib.projection.matrix import lines, measure

        model, id = self.work.model(self.spec.target), fold_id(self.spec, self.seed)
        checkpoint = self.work.store.checkpoint_path(id)
        job = Job(self.spec, self.seed, self.material, model, self.progress, self._length(), checkpoint)
        projector = self._stored() or self._fit(job)
        begun = time.perf_counter()
        rows = measure(lines(projector, job, columns), job, columns)
        seconds = time.perf_counter() - begun
        self._speed("evaluate", sum(len(row.score) for row in rows), seconds)
        told = {**projector.info.more, "seconds": projector.info.seconds, "steps": projector.info.steps}
        self._keep(artefacts.PROJECT, pack_fold(self.spec, rows, told))
        checkpoint.unlink(missing_ok=True)

    def _length(self) -> int:
        """P_t: as long as the target's own prompts, else its default."""
        own = next(iter(self.material.target.values()), None)
        return len(own) if own is not None else default_settings(self.work.model(self.spec.target).spec).prompt_length

    def _stored(self) -> "Projector | None":
        """The projector of a run that was interrupted while it measured."""
        from ptlib.projection.projector import Projector

        item = folds(self.spec, self.work.catalogue, artefacts.PROJECTOR).get(self.seed)
        return None if item is None else Projector.from_bytes(item.read(), str(item.path)).to(self.work.device)

    def _fit(self, job: "Job") -> "Projector":
        from ptlib.projection.fitting.fit import fit

        projector = fit(job)
        if self.spec.trains and self.spec.method == "task":
            self._speed("tune", self.spec.steps * self.spec.batch_size, projector.info.seconds)
        self._keep(artefacts.PROJECTOR, projector.to_bytes())
        return projector

    def _speed(self, kind: str, units: float, seconds: float) -> None:
        self.work.store.add_speed(self.spec.target, kind, self.work.device, units, seconds)

    def _keep(self, kind: str, data: bytes) -> None:
        artefacts.save(self.work.store, kind, fold_id(self.spec, self.seed), data, spec=self.spec, title=title(self.spec))
