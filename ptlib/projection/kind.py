"""The kind of run that carries prompts to another model."""

from math import ceil

from ptlib.models.registry import get_backbone
from ptlib.projection import run
from ptlib.projection.spec import ProjectSpec, fold_id, recipe, title
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Estimate, Kind, Needs, Part, Work, texts_of
from ptlib.results.speeds import LOAD_S, SpeedOf
from ptlib.tasks.registry import resolve_task

CLOSED_S = 2.0
"""A fit without training, its scale chosen on a task included."""


class Project(Kind[ProjectSpec, tuple[int, ...]]):
    """Fit projectors, every seed held out once, and measure them on all targets."""

    name = artefacts.PROJECT
    spec = ProjectSpec
    result = "Its matrix stands on the page Cross-model."

    def check(self, spec: ProjectSpec, catalogue: Catalogue) -> None:
        """Refuse unknown models or tasks, no common task, too few pairs."""
        run.check(spec, catalogue)

    def missing(self, spec: ProjectSpec, catalogue: Catalogue) -> tuple[int, ...]:
        """Held-out seeds that were not measured."""
        return run.missing(spec, catalogue)

    def needs(self, spec: ProjectSpec, todo: tuple[int, ...]) -> Needs:
        """Both models, the training tasks' data, the columns' evaluation data."""
        columns = spec.columns or run.check(spec, Catalogue())
        return Needs(
            (get_backbone(spec.source), get_backbone(spec.target)),
            tuple(resolve_task(name) for name in spec.tasks),
            tuple(resolve_task(name) for name in columns),
        )

    def cost(self, spec: ProjectSpec, todo: tuple[int, ...], speed: SpeedOf) -> Estimate:
        """Steps through the target, then the matrix of every fit."""
        columns = spec.columns or run.check(spec, Catalogue())
        rows, predictions = run.units(spec, todo, len(columns))
        tune, evaluate = speed(spec.target, "tune"), speed(spec.target, "evaluate")
        seconds = 2 * LOAD_S + CLOSED_S * len(todo) + rows / tune.rate + predictions / evaluate.rate
        return Estimate(float(ceil(seconds)), 0, len(todo) * len(columns), (tune if rows else evaluate).basis)

    def parts(self, spec: ProjectSpec, todo: tuple[int, ...], catalogue: Catalogue) -> tuple[Part[tuple[int, ...]], ...]:
        """A held-out seed each, with all prompts and scores of both models."""
        return tuple(
            Part(
                name=f"seed {seed} held out",
                todo=(seed,),
                makes=frozenset(f"{kind} {fold_id(spec, seed)}" for kind in (artefacts.PROJECT, artefacts.PROJECTOR)),
                reads=(*texts_of(spec), f"{artefacts.PROJECTOR} {fold_id(spec, seed)}"),
                whole=(spec.source, spec.target),
            )
            for seed in todo
        )

    def title(self, spec: ProjectSpec) -> str:
        """Both models, method, training tasks."""
        return title(spec)

    def execute(self, spec: ProjectSpec, todo: tuple[int, ...], work: Work) -> None:
        """Fit, measure, store."""
        run.execute(spec, todo, work)

    def command(self, spec: ProjectSpec) -> tuple[str, ...]:
        """`project fit` with what differs from its defaults."""
        return ("project", "fit", *arguments(spec))


PROJECT = Project()


def arguments(spec: ProjectSpec) -> list[str]:
    """Words of `project fit` that give this spec: models, tasks, then options that differ from the defaults."""
    words = [spec.source, spec.target]
    sides = (spec.source, spec.target)
    plain = recipe(*sides, spec.tasks) if spec.method == "task" else ProjectSpec(*sides, spec.method, spec.tasks)
    words += ["--method", spec.method]
    if spec.tasks:
        words += ["--tasks", *spec.tasks]
    for name in ("form", "start", "prompts", "noise", "steps", "batch_size", "lr", "clip", "hidden", "seed", "limit"):
        if getattr(spec, name) != getattr(plain, name):
            words += [f"--{name.replace('_', '-')}", "all" if getattr(spec, name) is None else str(getattr(spec, name))]
    for name in ("untrained", "others"):
        if not getattr(spec, name):
            words += [f"--no-{name}"]
    for name in ("seeds", "columns"):
        if getattr(spec, name) != getattr(plain, name):
            words += [f"--{name}", *map(str, getattr(spec, name))]
    return words


def series(spec: ProjectSpec) -> tuple[str, ...]:
    """Names of a run's live curves: one a held-out seed."""
    return tuple(fold_id(spec, seed) for seed in spec.seeds)
