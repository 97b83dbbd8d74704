"""The kind of run that measures prompt tuning, LoRA and full fine-tuning beside one another."""

from collections.abc import Mapping
from math import ceil

from ptlib.base.errors import BadInput
from ptlib.finetuning.spec import NAMES, RATES, FineTuneSpec, fit_id, title
from ptlib.finetuning.stored import fits
from ptlib.models.registry import get_backbone
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Estimate, Kind, Needs, Part, Work, setting_words
from ptlib.results.speeds import LOAD_S, USUAL_EVALUATION, SpeedOf
from ptlib.tasks.registry import resolve_task


class FineTune(Kind[FineTuneSpec, tuple[str, ...]]):
    """Fit a task by several methods, one after another, and keep their curves."""

    name = artefacts.FINETUNE
    spec = FineTuneSpec
    result = "Its curves stand on the page Pair, beside those of the task's own prompt."

    def check(self, spec: FineTuneSpec, catalogue: Catalogue) -> None:
        """Refuse unknown names, a task out of the model's reach, or a prompt that leaves no room for text."""
        backbone = get_backbone(spec.backbone)
        backbone.check_runs(resolve_task(spec.task))
        backbone.check_room(spec.settings.prompt_length)

    def missing(self, spec: FineTuneSpec, catalogue: Catalogue) -> tuple[str, ...]:
        """Methods that were not fitted yet."""
        done = fits(spec, catalogue)
        return tuple(method for method in spec.methods if method not in done)

    def needs(self, spec: FineTuneSpec, todo: tuple[str, ...]) -> Needs:
        """The model, and both splits of the task where they are not local data."""
        tasks = (resolve_task(spec.task),) if spec.data is None else ()
        return Needs((get_backbone(spec.backbone),), tasks, tasks)

    def cost(self, spec: FineTuneSpec, todo: tuple[str, ...], speed: SpeedOf) -> Estimate:
        """Seconds of every method's steps and evaluations."""
        units, evaluate = spec.settings.steps * spec.settings.batch_size, speed(spec.backbone, "evaluate")
        speeds = [speed(spec.backbone, f"finetune {method}") for method in todo]
        validations = spec.settings.steps // spec.settings.eval_every * spec.settings.validation_size
        seconds = sum(units / one.rate + (validations + USUAL_EVALUATION) / evaluate.rate for one in speeds)
        return Estimate(float(ceil(LOAD_S + seconds)), 0, len(todo), speeds[0].basis)

    def parts(self, spec: FineTuneSpec, todo: tuple[str, ...], catalogue: Catalogue) -> tuple[Part[tuple[str, ...]], ...]:
        """A method each."""
        return tuple(
            Part(
                name=NAMES[method],
                todo=(method,),
                makes=frozenset(f"{kind} {fit_id(spec, method)}" for kind in (artefacts.FINETUNE, artefacts.ADAPTER)),
                size=spec.settings.steps,
            )
            for method in todo
        )

    def title(self, spec: FineTuneSpec) -> str:
        """Methods, model, task, seed."""
        return title(spec)

    def execute(self, spec: FineTuneSpec, todo: tuple[str, ...], work: Work) -> None:
        """Fit, measure, store."""
        from ptlib.finetuning import run

        run.execute(spec, todo, work)

    def command(self, spec: FineTuneSpec) -> tuple[str, ...]:
        """`tune --method` with its options."""
        plain = FineTuneSpec(spec.backbone, spec.task, spec.seed, spec.settings, spec.methods)
        try:
            rates = RATES[get_backbone(spec.backbone).is_demo]
        except BadInput:  # its folder is gone
            rates = RATES[False]
        usual = {"rank": plain.rank, "alpha": plain.alpha, "lora_lr": rates[0], "full_lr": rates[1]}
        changed = [(name, getattr(spec, name)) for name, value in usual.items() if getattr(spec, name) != value]
        more = [word for name, value in changed for word in (f"--{name.replace('_', '-')}", str(value))]
        words = ("tune", spec.backbone, spec.task, "--method", ",".join(spec.methods), "--seed", str(spec.seed), *more)
        return (*words, *setting_words(spec.backbone, spec.settings, spec.data))

    def series(self, spec: FineTuneSpec) -> Mapping[str, str]:
        """One curve a method."""
        return {fit_id(spec, method): NAMES[method] for method in spec.methods}


FINETUNE = FineTune()
