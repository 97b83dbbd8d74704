"""The kind of run that tunes a task from several starts."""

from collections.abc import Mapping
from math import ceil

from ptlib.base.errors import BadInput
from ptlib.base.identity import content_of
from ptlib.models.registry import get_backbone
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Estimate, Kind, Needs, Work, setting_words
from ptlib.results.speeds import LOAD_S, USUAL_EVALUATION, SpeedOf
from ptlib.tasks.registry import resolve_task
from ptlib.transfer.kinds import check
from ptlib.transfer.starting import run
from ptlib.transfer.starting.spec import StartSpec, title
from ptlib.transfer.starting.stored import item_of, origin_of


class StartFrom(Kind[StartSpec, tuple[str, ...]]):
    """Tune a task from an untrained prompt and from others, and keep curves and scores."""

    name = artefacts.START
    spec = StartSpec
    result = "Its curves stand on the page Pair, at its task."

    def check(self, spec: StartSpec, catalogue: Catalogue) -> None:
        """Refuse unknown names, and prompts that are not of this model and not carried over to it."""
        check(next(iter(spec.tunes().values())), (spec.task,))
        for name in spec.starts:
            origin = origin_of(name, catalogue)
            if origin.missing:
                raise BadInput(
                    f"Nothing can start from '{name}': {origin.missing}. Give prompt ids, or FIT:PROMPT of a stored projector."
                )
            if not origin.carried_by and content_of(origin.model) != content_of(spec.backbone):
                raise BadInput(
                    f"'{name}' is a prompt of '{origin.model}', not of '{spec.backbone}'. Carry it over with a stored projector "
                    "(FIT:PROMPT), or choose a prompt of this model."
                )

    def missing(self, spec: StartSpec, catalogue: Catalogue) -> tuple[str, ...]:
        """The run itself, unless its result is there."""
        return () if item_of(spec, catalogue) else (spec.id,)

    def needs(self, spec: StartSpec, todo: tuple[str, ...]) -> Needs:
        """The model, the task's data, and the evaluation splits of the tasks that starts come from."""
        catalogue, task = Catalogue(), resolve_task(spec.task)
        sources = dict.fromkeys(origin_of(name, catalogue).task for name in spec.starts)
        return Needs((get_backbone(spec.backbone),), (task,), (task, *map(resolve_task, sources)))

    def cost(self, spec: StartSpec, todo: tuple[str, ...], speed: SpeedOf) -> Estimate:
        """Seconds of tuning every start and of measuring it, twice on the task and three times where it comes from."""
        count, tune, evaluate = len(spec.starts) + 1, speed(spec.backbone, "tune"), speed(spec.backbone, "evaluate")
        examples = count * spec.settings.steps * spec.settings.batch_size
        predictions = 5 * count * USUAL_EVALUATION
        seconds = LOAD_S + examples / tune.rate + predictions / evaluate.rate
        return Estimate(float(ceil(seconds)), count, 2 * count, tune.basis)

    def title(self, spec: StartSpec) -> str:
        """Task, model, number of starts."""
        return title(spec)

    def execute(self, spec: StartSpec, todo: tuple[str, ...], work: Work) -> None:
        """Tune, measure, store."""
        run.execute(spec, work)

    def command(self, spec: StartSpec) -> tuple[str, ...]:
        """`tune --start` with its options."""
        words = ("tune", spec.backbone, spec.task, "--seed", str(spec.seed), "--start", ",".join(spec.starts))
        return (*words, *setting_words(spec.backbone, spec.settings, None))

    def series(self, spec: StartSpec) -> Mapping[str, str]:
        """One curve a start."""
        return {tune.id: name or "untrained" for name, tune in spec.tunes().items()}


STARTS = StartFrom()
