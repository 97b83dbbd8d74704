"""Carrying out a projection: one fit a held-out seed, saved before the next begins; an interrupted fit goes on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ptlib.base.errors import BadInput, unknown
from ptlib.base.identity import canonical
from ptlib.base.progress import Progress
from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec
from ptlib.projection.material import Key, collect, common_tasks, prompt_keys
from ptlib.projection.spec import ProjectSpec, fold_id, title
from ptlib.projection.stored import folds, pack_fold
from ptlib.prompts.spec import default_settings
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.tasks.registry import get_task

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel
    from ptlib.projection.fitting.starts import Job
    from ptlib.projection.projector import Projector
    from ptlib.projection.words import Vocabulary


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


@dataclass(frozen=True, slots=True)
class Work:
    """One projection on its way. `model` is the frozen target."""

    spec: ProjectSpec
    model: "FrozenModel"
    words: "tuple[Vocabulary, Vocabulary]"
    progress: Progress
    store: Store
    catalogue: Catalogue

    def execute(self, todo: Sequence[int]) -> None:
        """Fit, measure and store the held-out seeds that `missing` named.

        Raises:
            BadInput, RunFailed, Damaged, Cancelled: with a message for the user; finished fits are saved.
        """
        common = check(self.spec, self.catalogue)
        material = collect(self.spec, self.catalogue, self.words, common)
        for seed in todo:
            self._fold(seed, material, self.spec.columns or common)

    def _fold(self, seed: int, material: Any, columns: Sequence[str]) -> None:
        from ptlib.projection.fitting.starts import Job
        from ptlib.projection.matrix import lines, measure

        checkpoint = self.store.checkpoint_path(fold_id(self.spec, seed))
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        length = default_settings(self.model.spec).prompt_length
        if material.target:
            length = len(next(iter(material.target.values())))
        job = Job(self.spec, seed, material, self.model, self.progress, length, checkpoint)
        projector = self._stored(seed) or self._fit(job)
        rows = measure(lines(projector, job, columns), job, columns)
        told = {**projector.info.more, "seconds": projector.info.seconds, "steps": projector.info.steps}
        self._keep(artefacts.PROJECT, seed, pack_fold(self.spec, rows, told))
        checkpoint.unlink(missing_ok=True)

    def _stored(self, seed: int) -> "Projector | None":
        """The projector of an interrupted run that got as far as measuring."""
        from ptlib.projection.projector import Projector

        item = folds(self.spec, self.catalogue, artefacts.PROJECTOR).get(seed)
        return None if item is None else Projector.from_bytes(item.read(), str(item.path)).to(str(self.model.device))

    def _fit(self, job: "Job") -> "Projector":
        from ptlib.projection.fitting.fit import fit

        projector = fit(job)
        self._keep(artefacts.PROJECTOR, job.held_out, projector.to_bytes())
        return projector

    def _keep(self, kind: str, seed: int, data: bytes) -> None:
        spec = self.spec
        text = canonical(asdict(spec))
        artefacts.save(self.store, kind, fold_id(spec, seed), spec.target, title(spec), text, data, spec.id)


def source_words(backbone: BackboneSpec) -> "Vocabulary":
    """Tokens and embeddings of the source model, which is let go of again."""
    from ptlib.models.load import load_model
    from ptlib.projection.words import vocabulary_of

    return vocabulary_of(load_model(backbone))


def projector_of(spec: ProjectSpec, held_out: int, catalogue: Catalogue) -> "Projector":
    """A stored projector.

    Raises:
        BadInput: no such seed, or it is not stored (the demo keeps small ones only).
        Damaged: it fails its checksum.
    """
    from ptlib.projection.projector import Projector

    if held_out not in spec.seeds:
        raise unknown("held-out seed", str(held_out), map(str, spec.seeds))
    item = folds(spec, catalogue, artefacts.PROJECTOR).get(held_out)
    if item is None:
        raise BadInput(f"The projector of '{title(spec)}', seed {held_out} held out, is not stored. Fit it with `project fit`.")
    return Projector.from_bytes(item.read(), str(item.path))
